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
  const at = (bytes: Uint8Array, flow: TraceFlow) => {
    const monotonicMs = time.nowMs();
    const callId = nameOf(bytes, flow, monotonicMs);
    return callId === undefined ? undefined : { callId, flow, monotonicMs, utcMs: time.nowUtcMs() };
  };
  return {
    received: (bytes, flow, failure) => {
      const where = at(bytes, flow);
      if (where === undefined) return;
      const why = failure === null ? null : { code: failure.code, detail: failure.reason };
      trace.message({ ...where, direction: 'in', bytes, failure: why });
    },
    sent: (bytes, flow) => {
      const where = at(bytes, flow);
      if (where !== undefined) trace.message({ ...where, direction: 'out', bytes });
    },
    sendFailed: (bytes, flow, { code, detail }) => {
      const where = at(bytes, flow);
      if (where !== undefined) trace.failed({ ...where, code, detail });
    },
    handshakeFailed: (remote, local, { code, detail }) => {
      const where = at(nothing, { kind: 'tls', local, remote });
      if (where !== undefined) trace.message({ ...where, direction: 'in', bytes: nothing, failure: { code, detail } });
    },
  };
}
