/**
 * A SIP leg as a row of the append log: its values in fixed places, each text once. The description last said is mostly the session's local body and the
 * end of our INVITE or 2xx: those stand without it then.
 */
import type { OpenInvite, SessionSnapshot } from '@ringdown/sip';
import type { Row } from '#engine/calls';
import type { FarSide } from './status-map.ts';

/** What a leg has beside its session. */
export interface LegParts {
  readonly far: FarSide;
  readonly address: string;
  readonly registered: string | null;
  readonly hasOffered: boolean;
  /** The description last said under the leg's origin, as text. */
  readonly said: string | null;
}

export interface ReadLeg extends LegParts {
  readonly session: SessionSnapshot | null;
  readonly invite: OpenInvite | null;
}

type Flow = OpenInvite['flow'];
type Dialog = SessionSnapshot['dialog'];
type Timer = SessionSnapshot['timer'];

type LegValues = readonly [
  far: FarSide,
  address: string,
  registered: string | null,
  hasOffered: boolean,
  said: string | null,
  flow: Flow['kind'] | null,
  localFamily: 4 | 6,
  localAddress: string,
  localPort: number,
  remoteFamily: 4 | 6,
  remoteAddress: string,
  remotePort: number,
];

const inviteKind = 'invite 2';
type InviteRow = readonly [
  kind: typeof inviteKind,
  ...LegValues,
  role: OpenInvite['role'],
  toTag: string | null,
  uri: string,
  text: string,
  /** And behind it what was said. */
  endsSaid: boolean,
];

const sessionKind = 'session 2';
type SessionRow = readonly [
  kind: typeof sessionKind,
  ...LegValues,
  role: SessionSnapshot['role'],
  phase: SessionSnapshot['phase'],
  callId: string,
  localTag: string,
  remoteTag: string,
  local: string,
  remote: string,
  remoteTarget: string,
  routes: Dialog['routes'],
  isConfirmed: boolean,
  localSeq: number,
  remoteSeq: number | null,
  intervalSec: number,
  minSec: number,
  refresher: Timer['refresher'],
  inviteSeq: number,
  localType: string | null,
  /** Null: what was said. */
  localText: string | null,
  remoteType: string | null,
  remoteText: string,
  peerAllowsUpdate: boolean,
  followsContact: boolean,
  expiresUtcMs: number | null,
  unacknowledged: string | null,
  /** And behind it the local body. */
  endsLocal: boolean,
  wasAsked: boolean,
  refusal: string | null,
  isAckDue: boolean,
];

const nowhere = { family: 4, address: '', port: 0 } as const;

export function inviteRow({ role, toTag, uri, text, flow }: OpenInvite, parts: LegParts): Row {
  const { said } = parts;
  const { local, remote } = flow;
  const endsSaid = said !== null && said !== '' && text.endsWith(said);
  const row: InviteRow = [
    inviteKind,
    parts.far,
    parts.address,
    parts.registered,
    parts.hasOffered,
    said,
    flow.kind,
    local.family,
    local.address,
    local.port,
    remote.family,
    remote.address,
    remote.port,
    role,
    toTag,
    uri,
    endsSaid ? text.slice(0, -said.length) : text,
    endsSaid,
  ];
  return row;
}

export function sessionRow(session: SessionSnapshot, parts: LegParts): Row {
  const { dialog, timer, localBody, remoteBody, flow, unacknowledged } = session;
  const local = flow?.local ?? nowhere;
  const remote = flow?.remote ?? nowhere;
  const body = localBody?.text ?? '';
  const success = unacknowledged?.text ?? null;
  const endsLocal = success !== null && body !== '' && success.endsWith(body);
  const row: SessionRow = [
    sessionKind,
    parts.far,
    parts.address,
    parts.registered,
    parts.hasOffered,
    parts.said,
    flow?.kind ?? null,
    local.family,
    local.address,
    local.port,
    remote.family,
    remote.address,
    remote.port,
    session.role,
    session.phase,
    dialog.callId,
    dialog.localTag,
    dialog.remoteTag,
    dialog.local,
    dialog.remote,
    dialog.remoteTarget,
    dialog.routes,
    dialog.isConfirmed,
    dialog.localSeq,
    dialog.remoteSeq,
    timer.intervalSec,
    timer.minSec,
    timer.refresher,
    session.inviteSeq,
    localBody?.type ?? null,
    body === parts.said ? null : body,
    remoteBody?.type ?? null,
    remoteBody?.text ?? '',
    session.peerAllowsUpdate,
    session.followsContact,
    session.expiresUtcMs,
    endsLocal ? success.slice(0, -body.length) : success,
    endsLocal,
    unacknowledged?.wasAsked ?? false,
    session.refusal,
    session.isAckDue,
  ];
  return row;
}

/** Undefined: another kind of row. */
export function readInviteRow(row: Row): ReadLeg | undefined {
  if (row[0] !== inviteKind) return undefined;
  const parts = readParts(row as InviteRow);
  const [role, toTag, uri, text, endsSaid] = (row as InviteRow).slice(placesOfLeg) as Rest<InviteRow>;
  const { flow, ...rest } = parts;
  if (flow === null) return undefined;
  const whole = endsSaid ? text + (parts.said ?? '') : text;
  return { ...rest, session: null, invite: { schema: 1, role, uri, text: whole, toTag, flow } };
}

/** Undefined: another kind of row. */
export function readSessionRow(row: Row): ReadLeg | undefined {
  if (row[0] !== sessionKind) return undefined;
  const { flow, ...parts } = readParts(row as SessionRow);
  const [role, phase, ...values] = (row as SessionRow).slice(placesOfLeg) as Rest<SessionRow>;
  const [callId, localTag, remoteTag, local, remote, remoteTarget, routes, isConfirmed, ...seqs] = values;
  const [localSeq, remoteSeq, intervalSec, minSec, refresher, inviteSeq, ...bodies] = seqs;
  const [localType, localText, remoteType, remoteText, peerAllowsUpdate, followsContact, ...ends] = bodies;
  const [expiresUtcMs, head, endsLocal, wasAsked, refusal, isAckDue] = ends;
  const body = localText ?? parts.said ?? '';
  const session: SessionSnapshot = {
    schema: 1,
    role,
    phase,
    dialog: { callId, localTag, remoteTag, local, remote, remoteTarget, routes, isConfirmed, localSeq, remoteSeq },
    timer: { intervalSec, minSec, refresher },
    inviteSeq,
    localBody: localType === null ? null : { type: localType, text: body },
    remoteBody: remoteType === null ? null : { type: remoteType, text: remoteText },
    peerAllowsUpdate,
    followsContact,
    flow,
    expiresUtcMs,
    unacknowledged: head === null ? null : { text: endsLocal ? head + body : head, wasAsked },
    refusal,
    isAckDue,
  };
  return { ...parts, session, invite: null };
}

/** The kind and a leg's values. */
const placesOfLeg = 13;
type Rest<T extends Row> = T extends readonly [string, ...LegValues, ...infer R] ? R : never;

function readParts(row: readonly [kind: string, ...LegValues, ...rest: unknown[]]): LegParts & { flow: Flow | null } {
  const [, far, address, registered, hasOffered, said, kind, family, host, port, ...remote] = row;
  const local = { family, address: host, port };
  const flow =
    kind === null ? null : { kind, local, remote: { family: remote[0], address: remote[1], port: remote[2] } };
  return { far, address, registered, hasOffered, said, flow };
}
