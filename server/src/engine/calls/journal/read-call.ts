/** The state of a call from what stands of it in the log: of this schema (call-rows.ts), or of the one before. */
import { parseSdp, type SessionDescription } from '@ringdown/sdp';
import type { CallId } from '#base/ids';
import type { LegMedia, LegStream } from '#engine/media';
import { type CallPlan, type CallState, callStateSchema, type LegJoin, type LegState } from '../call-state.ts';
import { endCause } from '../end-cause.ts';
import { type CallRow, type LegRow, type MediaRow, rowsPerLeg } from './call-rows.ts';
import type { Row } from './row.ts';

/** A call, and the edge's plain data of each of its legs. */
export interface StoredCall {
  readonly call: CallState;
  readonly legs: Readonly<Record<string, unknown>>;
}

/** Undefined: not the rows of a call, or of a schema that this version does not know. */
export function readCall(callId: string, rows: readonly (Row | undefined)[]): StoredCall | undefined {
  const row = rows[0] as CallRow | undefined;
  if (row?.[0] !== callStateSchema || rows[1] === undefined) return undefined;
  const edges: Record<string, unknown> = {};
  const legs: LegState[] = [];
  for (let at = 1; at < rows.length; at += rowsPerLeg) {
    const leg = rows[at] as LegRow | undefined;
    if (leg === undefined) return undefined;
    legs.push(readLeg(leg, rows[at + 1] as MediaRow | undefined));
    const edge = rows[at + 2];
    if (edge !== undefined) edges[leg[0]] = edge;
  }
  return { call: readState(callId as CallId, row, legs), legs: edges };
}

function readState(callId: CallId, row: CallRow, legs: LegState[]): CallState {
  const [
    schema,
    tenantId,
    origin,
    from,
    to,
    createdUtcMs,
    sessionId,
    plan,
    service,
    phase,
    step,
    joinedLegId,
    state,
    lastRtpUtcMs,
    mediaEvent,
    cause,
    endedUtcMs,
    overUtcMs,
    eventNumber,
    // Not in what the version before wrote.
    directCodecs = [],
    handover = null,
    identity = null,
  ] = row;
  return {
    schema,
    callId,
    tenantId,
    origin,
    from,
    to,
    identity,
    crossing: { maxForwards: 70, headers: [] },
    createdUtcMs,
    phase,
    plan: readPlan(plan, service, cause),
    step,
    ringDeadlineUtcMs: null,
    legs,
    joinedLegId,
    takingPlace: null,
    media: { sessionId, state, directCodecs, lastRtpUtcMs, eventNumber: mediaEvent },
    cause,
    endedUtcMs,
    overUtcMs,
    eventNumber,
    handover,
  };
}

function readPlan(kind: CallPlan['kind'], service: CallRow[8], cause: CallState['cause']): CallPlan {
  if (kind === 'serve' && service !== null) return { kind, service };
  if (kind === 'dial') return { kind, steps: [] };
  return { kind: 'refuse', cause: cause ?? endCause('internal-error', { detail: 'no decision was made' }) };
}

function readLeg(row: LegRow, media: MediaRow | undefined): LegState {
  const [legId, edge, role, party, destination, step, startedUtcMs, phase, earlySource, held, codec, ...rest] = row;
  const [rangUtcMs, answeredUtcMs, endedUtcMs, cause, quality, ...joins] = rest;
  return {
    legId,
    edge,
    role,
    party,
    destination,
    phase,
    reoffer: null,
    step,
    earlySource,
    media: readMedia(media, codec),
    held,
    startedUtcMs,
    rangUtcMs,
    answeredUtcMs,
    endedUtcMs,
    cause,
    joins: inGroups(joins, 3).map(([withLegId, fromUtcMs, toUtcMs]) => ({ withLegId, fromUtcMs, toUtcMs }) as LegJoin),
    quality,
  };
}

function readMedia(row: MediaRow | undefined, codec: string | null): LegMedia {
  const [offered, policy, local, remote, lines, ...streams] = row ?? [true, [], null, null, null];
  return {
    offered,
    policy,
    streams: inGroups(streams, 4).map(([streamId, kind, asked, local]) =>
      streamId === null ? null : ({ streamId, kind, asked, local } as LegStream),
    ),
    local: readText(local),
    remote: readText(remote),
    pendingLocal: null,
    pendingRemote: null,
    lines,
    pendingLines: null,
    codec,
  };
}

function readText(text: unknown): SessionDescription | null {
  const parsed = typeof text === 'string' ? parseSdp(text) : undefined;
  return parsed?.ok === true ? parsed.sdp : null;
}

function inGroups(values: readonly unknown[], of: number): unknown[][] {
  return Array.from({ length: Math.floor(values.length / of) }, (_, at) => values.slice(at * of, (at + 1) * of));
}
