/**
 * What of a call goes into the append log, as rows: that which a fresh process needs to go on with a call whose parties talk, to end any other, and to
 * write its record (resuming.ts, services/cdr). Row 0 is the call's; each leg has three: its own, its media's and its edge's.
 *
 * Leaves out: what is only of use until the answer, since a call that is not answered is ended (the steps still to be dialled, what crosses, the ringing
 * deadline, descriptions offered); a change of media under way, which is rolled back; and media before the leg is answered.
 */
import { formatSdp, type SessionDescription } from '@ringdown/sdp';
import type { TenantId } from '#base/ids';
import { KeptDescription, type LegMedia } from '#engine/media';
import type { CallState, LegState, Service } from '../call-state.ts';
import type { EndCause } from '../end-cause.ts';
import type { LoggedRows, Row } from './row.ts';

export type CallRow = readonly [
  schema: number,
  tenantId: TenantId,
  origin: CallState['origin'],
  from: CallState['from'],
  to: CallState['to'],
  createdUtcMs: number,
  sessionId: CallState['media']['sessionId'],
  plan: CallState['plan']['kind'],
  service: Service | null,
  phase: CallState['phase'],
  step: number,
  joinedLegId: CallState['joinedLegId'],
  mediaState: CallState['media']['state'],
  lastRtpUtcMs: number | null,
  mediaEventNumber: number,
  cause: EndCause | null,
  endedUtcMs: number | null,
  overUtcMs: number | null,
  eventNumber: number,
  directCodecs: readonly string[],
  handover: CallState['handover'],
  identity: CallState['identity'],
];

export type LegRow = readonly [
  legId: LegState['legId'],
  edge: string,
  role: LegState['role'],
  party: LegState['party'],
  destination: LegState['destination'],
  step: number,
  startedUtcMs: number,
  phase: LegState['phase'],
  earlySource: string | null,
  held: boolean,
  codec: string | null,
  rangUtcMs: number | null,
  answeredUtcMs: number | null,
  endedUtcMs: number | null,
  cause: EndCause | null,
  quality: LegState['quality'],
  /** Three values each: with which leg, from, to. */
  ...joins: (string | number | null)[],
];

export type MediaRow = readonly [
  offered: boolean,
  policy: LegMedia['policy'],
  local: SessionDescription | null,
  remote: SessionDescription | null,
  lines: LegMedia['lines'],
  /** Four values each: id, kind, whether it was asked for, what the engine has opened. The first is null where a line is not carried. */
  ...streams: unknown[],
];

export const rowsPerLeg = 3;

/** Puts what is new of a call into a record. `edgeRow`: the edge's plain data of a leg, or null where there is none yet. */
export function takeCall(
  rows: LoggedRows,
  call: CallState,
  edgeRow: (leg: LegState) => Row | null,
): readonly unknown[] {
  const record: unknown[] = [];
  rows.take(0, callRow(call), record);
  let number = 1;
  for (const leg of call.legs) {
    rows.take(number, legRow(leg), record);
    if (!rows.isResting) {
      if (call.phase === 'up' && isAnswered(leg)) rows.take(number + 1, mediaRow(leg.media), record, asText);
      const edge = leg.phase === 'ended' ? null : edgeRow(leg);
      if (edge !== null) rows.take(number + 2, edge, record);
    }
    number += rowsPerLeg;
  }
  return record;
}

/** Of a call that rests only its own rows are kept and compared: times and quality change without an input of its legs. */
export function restRows(rows: LoggedRows): void {
  rows.rest(isOwnRow);
}

/** Of a call that is over as well: until its record is stored, the texts of its messages need not be held. */
export function letGoOfRows(rows: LoggedRows): void {
  rows.letGo(isOwnRow);
}

function isOwnRow(number: number): boolean {
  return number === 0 || number % rowsPerLeg === 1;
}

function isAnswered({ phase }: LegState): boolean {
  return phase === 'answered' || phase === 'up';
}

function callRow(call: CallState): CallRow {
  const { media, plan } = call;
  return [
    call.schema,
    call.tenantId,
    call.origin,
    call.from,
    call.to,
    call.createdUtcMs,
    media.sessionId,
    plan.kind,
    plan.kind === 'serve' ? plan.service : null,
    call.phase,
    call.step,
    call.joinedLegId,
    media.state,
    media.lastRtpUtcMs,
    media.eventNumber,
    call.cause,
    call.endedUtcMs,
    call.overUtcMs,
    call.eventNumber,
    media.directCodecs,
    call.handover,
    call.identity,
  ];
}

function legRow(leg: LegState): LegRow {
  const row: [...LegRow] = [
    leg.legId,
    leg.edge,
    leg.role,
    leg.party,
    leg.destination,
    leg.step,
    leg.startedUtcMs,
    leg.phase,
    leg.earlySource,
    leg.held,
    leg.media.codec,
    leg.rangUtcMs,
    leg.answeredUtcMs,
    leg.endedUtcMs,
    leg.cause,
    leg.quality,
  ];
  for (const { withLegId, fromUtcMs, toUtcMs } of leg.joins) row.push(withLegId, fromUtcMs, toUtcMs);
  return row;
}

function mediaRow(media: LegMedia): MediaRow {
  const row: [...MediaRow] = [media.offered, media.policy, media.local, media.remote, media.lines];
  for (const stream of media.streams) {
    if (stream === null) row.push(null, null, false, null);
    else row.push(stream.streamId, stream.kind, stream.asked, stream.local);
  }
  return row;
}

/** A description is compared as the object it is, and written as text. */
function asText(value: unknown): unknown {
  if (value instanceof KeptDescription) return value.text;
  return typeof value === 'object' && value !== null && 'origin' in value
    ? formatSdp(value as SessionDescription)
    : value;
}
