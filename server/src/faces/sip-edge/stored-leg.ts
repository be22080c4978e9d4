/** A SIP leg as JSON in the append log: what another process needs to go on with it, or at least to end it. */
import type { SessionDescription } from '@ringdown/sdp';
import type { Flow, OpenInvite, Session, SessionSnapshot } from '@ringdown/sip';
import { fixedParts, type Shape } from '#engine/calls';
import type { FarSide } from './status-map.ts';

export interface StoredLeg {
  /** Grows with the shape. */
  readonly schema: 1;
  readonly far: FarSide;
  /** What this peer reaches us by. */
  readonly address: string;
  /** The Contact that the peer's phone was registered with over the leg's flow; null: none. */
  readonly registered: string | null;
  readonly hasOffered: boolean;
  /** What was last said under the leg's origin. */
  readonly said: SessionDescription | null;
  /** After the 2xx. */
  readonly session: SessionSnapshot | null;
  /** Before any final response. */
  readonly invite: OpenInvite | null;
}

const dialogShape = fixedParts({
  callId: 'value',
  localTag: 'value',
  remoteTag: 'value',
  local: 'value',
  remote: 'value',
  remoteTarget: 'value',
  routes: 'value',
  isConfirmed: 'value',
  localSeq: 'value',
  remoteSeq: 'value',
} satisfies Record<keyof SessionSnapshot['dialog'], 'value'>);

const sessionShape = fixedParts({
  schema: 'value',
  role: 'value',
  phase: 'value',
  dialog: dialogShape,
  timer: fixedParts({ intervalSec: 'value', minSec: 'value', refresher: 'value' }),
  inviteSeq: 'value',
  localBody: 'value',
  remoteBody: 'value',
  peerAllowsUpdate: 'value',
  followsContact: 'value',
  flow: fixedParts({ kind: 'value', local: 'value', remote: 'value' }),
  expiresUtcMs: 'value',
  unacknowledged: fixedParts({ text: 'value', wasAsked: 'value' }),
  refusal: 'value',
  isAckDue: 'value',
} satisfies Record<keyof SessionSnapshot, Shape | 'value'>);

const inviteShape = fixedParts({
  schema: 'value',
  role: 'value',
  uri: 'value',
  text: 'value',
  toTag: 'value',
  flow: fixedParts({ kind: 'value', local: 'value', remote: 'value' }),
} satisfies Record<keyof OpenInvite, Shape | 'value'>);

/** For the append log's differences. */
export const storedLegShape: Shape = fixedParts({
  hasOffered: 'value',
  said: 'value',
  session: sessionShape,
  invite: inviteShape,
});

export type NewLegParts = Pick<StoredLeg, 'far' | 'address' | 'registered' | 'said'>;

/** Null: there is nothing to store of the session, or no longer. */
export function storeLeg(session: Session, parts: NewLegParts & Pick<StoredLeg, 'hasOffered'>): StoredLeg | null {
  const snapshot = session.snapshot();
  const invite = snapshot === null ? session.openInvite() : null;
  return snapshot === null && invite === null ? null : { schema: 1, ...parts, session: snapshot, invite };
}

/** Undefined: nothing stored, or of a schema that this version does not know. */
export function readStoredLeg(stored: unknown): StoredLeg | undefined {
  const leg = stored as Partial<StoredLeg> | null | undefined;
  if (typeof leg !== 'object' || leg === null || leg.schema !== 1) return undefined;
  const schema = leg.session?.schema ?? leg.invite?.schema;
  return schema === 1 ? (leg as StoredLeg) : undefined;
}

/** A connection that ended with the process: nothing can be sent over it, but it says where the peer was and what we call ourselves there. */
export function lostFlow({ kind, local, remote }: Pick<Flow, 'kind' | 'local' | 'remote'>, address: string): Flow {
  return {
    id: 0,
    kind,
    reliable: kind !== 'udp',
    secure: kind === 'tls' || kind === 'wss',
    local,
    remote,
    advertised: { host: address.includes(':') ? `[${address}]` : address, port: local.port },
  };
}
