/** Admin verbs of the trace: a call's ladder with why it failed, as pcap, and sent to a HEP3 collector. */
import { AppError } from '#base/errors';
import { parseId } from '#base/ids';
import { isDirect } from '#engine/calls';
import type { CdrSummary } from '#services/cdr';
import {
  directText,
  type Explanation,
  encodeHep,
  encodePcap,
  explain,
  formatLadder,
  type Trace,
  type TracedCall,
  type TracedLeg,
  type TraceEntry,
} from '#services/trace';
import { type Args, text } from './argument.ts';
import { notFound, onlyTenant } from './by-name.ts';
import { sendDatagrams } from './send-datagrams.ts';
import type { VerbOptions } from './verb-options.ts';
import type { VerbRows } from './verb-rows.ts';

/** More of a call is not shown at once: the thread that signals has no 10 ms for it. */
const shownEntries = 400;
const shownBytes = 512 * 1024;
/** So many calls back `last-failed` looks. */
const searchedCalls = 500;

export function traceVerbs(options: VerbOptions): VerbRows {
  return [
    [
      'trace.show',
      async (args) => {
        const call = await findCall(options, args);
        const { explanation, isUp } = await explainCall(options, call);
        return {
          callId: call.callId,
          legs: call.legs,
          isUp,
          explanation,
          ladder: formatLadder(call),
          messages: call.entries.map(viewOf),
          dropped: call.dropped,
        };
      },
    ],
    [
      'trace.pcap',
      async (args) => {
        const { entries } = await findCall(options, args);
        return { messages: entries.length, pcap: Buffer.from(encodePcap(entries)).toString('base64') };
      },
    ],
    [
      'trace.hep',
      async (args) => {
        const { entries } = await findCall(options, args);
        const packets = entries
          .filter(({ bytes }) => bytes.length > 0)
          .map((entry) => encodeHep(entry, { agentId: 1 }));
        const port = typeof args.port === 'number' ? args.port : 9060;
        await sendDatagrams(packets, text(args, 'host'), port);
        return { sent: packets.length };
      },
    ],
  ];
}

async function findCall(options: VerbOptions, args: Args): Promise<TracedCall> {
  const { trace } = options;
  const name = text(args, 'call');
  const secrets = args.unmasked === true;
  if (trace === null) throw switchedOff();
  const asked = name === 'last' || name === 'last-failed' ? await latest(options, trace, name) : name;
  const found = asked === undefined ? undefined : await trace.find(asked, { secrets });
  if (found === undefined || found.entries.length === 0)
    throw notFound('call or registration in the trace named', name);
  return shorten(found);
}

async function latest(options: VerbOptions, trace: Trace, which: 'last' | 'last-failed'): Promise<string | undefined> {
  const records = new Map<string, CdrSummary>();
  if (which === 'last-failed') {
    const summaries = await options.telephony.cdrs.list(onlyTenant(options.truth), { limit: searchedCalls });
    for (const summary of summaries) records.set(summary.callId, summary);
  }
  let left = searchedCalls;
  for await (const leg of trace.invited()) {
    if (which === 'last' || (await isFailed(options, trace, { leg, record: records.get(leg.callId ?? '') })))
      return leg.callId ?? leg.sipCallId;
    left -= 1;
    if (left === 0) return undefined;
  }
  return undefined;
}

interface Candidate {
  readonly leg: TracedLeg;
  readonly record: CdrSummary | undefined;
}

async function isFailed({ telephony, truth }: VerbOptions, trace: Trace, { leg, record }: Candidate): Promise<boolean> {
  const { callId, sipCallId } = leg;
  if (callId === null) return explain(undefined, await trace.find(sipCallId)).code !== 'nothing-failed';
  const cdr = record ?? (await telephony.recordOf(onlyTenant(truth), callId));
  return cdr !== undefined && cdr.cause.fault !== 'nobody';
}

async function explainCall(
  { telephony, truth }: VerbOptions,
  call: TracedCall,
): Promise<{ readonly explanation: Explanation; readonly isUp: boolean }> {
  const { callId } = call;
  const live = callId === null ? undefined : telephony.engine.find(callId);
  if (live !== undefined && live.phase !== 'ended') {
    const said = `The call is not over (${live.phase}); so far nothing has failed.${isDirect(live) ? ` ${directText}` : ''}`;
    return { explanation: { code: 'nothing-failed', faultOf: 'nobody', text: said }, isUp: true };
  }
  const known = callId === null ? undefined : parseId('call', callId);
  const cdr = known === undefined ? undefined : await telephony.recordOf(onlyTenant(truth), known);
  return { explanation: explain(cdr, call), isUp: false };
}

/** Beginning and end of a call with too many messages. */
function shorten(call: TracedCall): TracedCall {
  const entries = [...call.entries];
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0);
  let dropped = 0;
  while (entries.length > shownEntries || (bytes > shownBytes && entries.length > 2)) {
    const [gone] = entries.splice(entries.length >> 1, 1);
    bytes -= gone?.bytes.length ?? 0;
    dropped += 1;
  }
  return dropped === 0 ? call : { ...call, entries, dropped: call.dropped + dropped };
}

function viewOf({ direction, utcMs, flow, sipCallId, bytes, failure }: TraceEntry) {
  const place = ({ address, port }: { readonly address: string; readonly port: number }) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  return {
    utcMs,
    direction,
    transport: flow.kind,
    local: place(flow.local),
    remote: place(flow.remote),
    sipCallId,
    text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'),
    ...(failure === null ? {} : { failure }),
  };
}

function switchedOff(): AppError {
  return new AppError({
    code: 'trace.switched-off',
    fault: 'caller',
    retry: 'never',
    message: 'Messages are not kept: log.traceMessages is false in the configuration.',
  });
}
