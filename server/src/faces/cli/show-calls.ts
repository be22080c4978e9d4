/** Calls for people: those that are up and those that are over as tables, one of either with its legs. */
import { printFields, printTable, type TableColumn } from './print-table.ts';

interface Quality {
  readonly mos: number | null;
  readonly lost: number;
  readonly jitterMs: number;
}

export interface LiveCall {
  readonly isUp?: true;
  readonly callId: string;
  readonly from: string;
  readonly to: string;
  readonly phase: string;
  readonly media: string;
  readonly createdUtcMs: number;
  readonly legs: readonly LiveLeg[];
}

interface LiveLeg {
  readonly legId: string;
  readonly party: string;
  readonly phase: string;
  readonly codec: string | null;
  readonly quality: Quality | null;
}

interface Cause {
  readonly code: string;
  readonly status?: number;
  readonly detail?: string;
}

/** A CDR, as far as it is shown; a list has no legs. */
export interface PastCall {
  readonly isUp?: false;
  readonly callId: string;
  readonly from: { readonly user: string };
  readonly to: { readonly user: string };
  readonly caller?: Caller | null;
  readonly service: string | null;
  readonly startUtcMs: number;
  readonly endUtcMs: number;
  readonly ringMs: number;
  readonly talkMs: number;
  readonly outcome: string;
  readonly cause: Cause;
  readonly faultOf: string;
  readonly codecs: readonly string[];
  readonly media?: string | null;
  readonly legs?: readonly PastLeg[];
  readonly joins?: readonly Join[];
}

interface Caller {
  readonly party: { readonly user: string; readonly host: string };
  readonly isAsserted: boolean;
  readonly privacy: readonly string[];
}

interface PastLeg {
  readonly legId: string;
  readonly role: string;
  readonly party: { readonly user: string };
  readonly startUtcMs: number;
  readonly ringUtcMs: number | null;
  readonly answerUtcMs: number | null;
  readonly endUtcMs: number;
  readonly cause: Cause;
  readonly codec: string | null;
  readonly quality: Quality | null;
}

interface Join {
  readonly legId: string;
  readonly withLegId: string;
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
}

export function liveTable(calls: readonly LiveCall[], nowUtcMs: number): string {
  return printTable(calls, [
    { head: 'CALL', of: ({ callId }) => callId },
    { head: 'FROM', of: ({ from }) => from },
    { head: 'TO', of: ({ to }) => to },
    { head: 'PHASE', of: ({ phase }) => phase },
    { head: 'SINCE', of: ({ createdUtcMs }) => duration(nowUtcMs - createdUtcMs), align: 'right' },
    { head: 'LEGS', of: ({ legs }) => String(legs.length), align: 'right' },
    { head: 'CODECS', of: ({ legs }) => [...new Set(legs.flatMap(({ codec }) => codec ?? []))].join(', ') },
  ]);
}

export function historyTable(calls: readonly PastCall[]): string {
  return printTable(calls, [
    { head: 'CALL', of: ({ callId }) => callId },
    { head: 'STARTED (UTC)', of: ({ startUtcMs }) => time(startUtcMs) },
    { head: 'FROM', of: ({ from }) => from.user },
    { head: 'TO', of: ({ to }) => to.user },
    { head: 'OUTCOME', of: ({ outcome }) => outcome },
    { head: 'CAUSE', of: ({ cause }) => causeText(cause) },
    { head: 'RANG', of: ({ ringMs }) => duration(ringMs), align: 'right' },
    { head: 'TALKED', of: ({ talkMs }) => duration(talkMs), align: 'right' },
  ]);
}

export function describeCall(call: LiveCall | PastCall): string {
  return call.isUp === true ? describeLive(call) : describePast(call as PastCall);
}

function describeLive(call: LiveCall): string {
  const fields = printFields([
    ['call', call.callId],
    ['from', call.from],
    ['to', call.to],
    ['phase', call.phase],
    ['media', mediaText(call.media)],
    ['started', `${time(call.createdUtcMs)} UTC`],
  ]);
  const legs = printTable(call.legs, [
    { head: 'LEG', of: ({ legId }) => legId },
    { head: 'PARTY', of: ({ party }) => party },
    { head: 'PHASE', of: ({ phase }) => phase },
    ...mediaColumns(),
  ]);
  return `${fields}\n\n${legs}`;
}

function describePast(call: PastCall): string {
  const { legs = [], joins = [], service, cause } = call;
  const fields = printFields([
    ['call', call.callId],
    ['from', call.from.user],
    ...callerFields(call.caller),
    ['to', service === null ? call.to.user : `${call.to.user} (${service})`],
    ['started', `${time(call.startUtcMs)} UTC`],
    ['ended', `${time(call.endUtcMs)} UTC`],
    ['rang', duration(call.ringMs)],
    ['talked', duration(call.talkMs)],
    ['outcome', call.outcome],
    ['cause', cause.detail === undefined ? causeText(cause) : `${causeText(cause)}: ${cause.detail}`],
    ['fault', call.faultOf],
    ['codecs', call.codecs],
    ['media', mediaText(call.media)],
  ]);
  const after = (utcMs: number | null) => (utcMs === null ? '-' : duration(utcMs - call.startUtcMs));
  const legTable = printTable(legs, [
    { head: 'LEG', of: ({ legId }) => legId },
    { head: 'ROLE', of: ({ role }) => role },
    { head: 'PARTY', of: ({ party }) => party.user },
    { head: 'BEGAN', of: ({ startUtcMs }) => after(startUtcMs), align: 'right' },
    { head: 'RANG', of: ({ ringUtcMs }) => after(ringUtcMs), align: 'right' },
    { head: 'ANSWERED', of: ({ answerUtcMs }) => after(answerUtcMs), align: 'right' },
    { head: 'ENDED', of: ({ endUtcMs }) => after(endUtcMs), align: 'right' },
    { head: 'CAUSE', of: (leg) => causeText(leg.cause) },
    ...mediaColumns<PastLeg>(),
  ]);
  const joined = joins.map(
    ({ legId, withLegId, fromUtcMs, toUtcMs }) =>
      `${legId} and ${withLegId} were joined from ${after(fromUtcMs)} to ${after(toUtcMs)}`,
  );
  return [fields, legTable, joined.join('\n')].filter((part) => part !== '').join('\n\n');
}

/** Who called in truth, where that was not shown, or was shown by somebody's word. */
function callerFields(caller: PastCall['caller']): [string, string][] {
  if (caller == null) return [];
  const { party, isAsserted, privacy } = caller;
  const hidden = privacy.length === 0 ? '' : `, asked for privacy: ${privacy.join(', ')}`;
  return [['caller', `${party.user}@${party.host}${isAsserted ? '' : ' (by its own word)'}${hidden}`]];
}

/** Of a call whose sound does not pass here, nothing is known of the sound. */
function mediaText(media: string | null | undefined): string {
  return media === 'direct' ? 'direct (no quality figures)' : (media ?? '-');
}

function mediaColumns<Leg extends Pick<LiveLeg, 'codec' | 'quality'>>(): TableColumn<Leg>[] {
  return [
    { head: 'CODEC', of: ({ codec }) => codec ?? '-' },
    { head: 'MOS', of: ({ quality }) => quality?.mos?.toFixed(1) ?? '-', align: 'right' },
    { head: 'LOST', of: ({ quality }) => (quality === null ? '-' : String(quality.lost)), align: 'right' },
    {
      head: 'JITTER',
      of: ({ quality }) => (quality === null ? '-' : `${quality.jitterMs.toFixed(1)} ms`),
      align: 'right',
    },
  ];
}

function causeText({ code, status }: Cause): string {
  return status === undefined ? code : `${code} (${status})`;
}

function time(utcMs: number): string {
  return new Date(utcMs).toISOString().replace('T', ' ').slice(0, 19);
}

/** `0.4 s`, `12 s`, `3:07`, `1:02:03`. */
function duration(ms: number): string {
  if (ms < 10_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const total = Math.round(ms / 1000);
  if (total < 60) return `${total} s`;
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = `${String(minutes).padStart(hours > 0 ? 2 : 1, '0')}:${String(seconds).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}
