/**
 * Feeds the trace from the wire: every message of every transport, what could not be read, and what could not be sent. Each is filed under its
 * Call-ID; which call and leg that is, is said by `bind`.
 */
import type { WireTap } from '@ringdown/sip/node';
import type { TimeSource } from '#base/clock';
import { callIdIn, namelessFrom, type Trace, type TraceFlow } from '#services/trace';

/** Of what has no Call-ID, which no call can be found by, no more is kept: a flood of rubbish would push out the calls. */
const namelessPerSec = 10;
const nothing = new Uint8Array(0);

export function traceWire(trace: Trace, time: TimeSource): WireTap {
  let secondOf = 0;
  let nameless = 0;
  /** Undefined where it is not to be kept. */
  const nameOf = (bytes: Uint8Array, flow: TraceFlow, nowMs: number): string | undefined => {
    const callId = callIdIn(bytes);
    if (callId !== '') return callId;
    const second = Math.floor(nowMs / 1000);
    if (second !== secondOf) {
      secondOf = second;
      nameless = 0;
    }
    nameless += 1;
    return nameless > namelessPerSec ? undefined : namelessFrom(flow.remote.address);
  };
  return {
    received: (bytes, flow, failure) => {
      const monotonicMs = time.nowMs();
      const callId = nameOf(bytes, flow, monotonicMs);
      if (callId === undefined) return;
      const why = failure === null ? null : { code: failure.code, detail: failure.reason };
      trace.message({ direction: 'in', utcMs: time.nowUtcMs(), monotonicMs, flow, callId, bytes, failure: why });
    },
    sent: (bytes, flow) => {
      const monotonicMs = time.nowMs();
      const callId = nameOf(bytes, flow, monotonicMs);
      if (callId === undefined) return;
      trace.message({ direction: 'out', utcMs: time.nowUtcMs(), monotonicMs, flow, callId, bytes, failure: null });
    },
    sendFailed: (bytes, flow, { code, detail }) => {
      const monotonicMs = time.nowMs();
      const callId = nameOf(bytes, flow, monotonicMs);
      if (callId !== undefined) trace.failed({ utcMs: time.nowUtcMs(), monotonicMs, flow, callId, code, detail });
    },
    handshakeFailed: (remote, local, failure) => {
      const flow = { kind: 'tls', local, remote } as const;
      const monotonicMs = time.nowMs();
      const callId = nameOf(nothing, flow, monotonicMs);
      if (callId === undefined) return;
      const { code, detail } = failure;
      const at = { utcMs: time.nowUtcMs(), monotonicMs, flow, callId };
      trace.message({ direction: 'in', ...at, bytes: nothing, failure: { code, detail } });
    },
  };
}
