/**
 * Feeds the trace from the wire: every message of every transport, what could not be read, and what could not be sent. Each is filed under its
 * Call-ID; the SIP edge says which call and leg that is. With it the HEP3 collector, where one is set.
 */
import { createSocket } from 'node:dgram';
import { maskSdpSecrets } from '@ringdown/sdp';
import type { WireTap } from '@ringdown/sip/node';
import type { TimeSource } from '#base/clock';
import type { BootstrapConfig } from '#base/config';
import type { Log } from '#base/log';
import { callIdIn, createTrace, namelessFrom, type Trace, type TraceFlow, type TraceOptions } from '#services/trace';

export interface WireTraceOptions {
  readonly config: BootstrapConfig;
  readonly folder: string;
  readonly time: TimeSource;
  readonly log: Log;
}

export function openTrace({ config, folder, log }: WireTraceOptions): Trace {
  const { hepAddress, hepPort, traceDiskMb } = config.log;
  return createTrace({
    folder: traceDiskMb === 0 ? null : folder,
    diskBytes: traceDiskMb * 1024 * 1024,
    fileBytes: Math.min(16, Math.max(1, traceDiskMb / 8)) * 1024 * 1024,
    maskSdp: maskSdpSecrets,
    after: (ms, task) => void setTimeout(task, ms).unref(),
    onFault: (error) => log.warn({ err: error }, 'the trace could not be written; calls go on'),
    ...(hepAddress === undefined ? {} : { hep: hepTo(hepAddress, hepPort) }),
  });
}

function hepTo(address: string, port: number): NonNullable<TraceOptions['hep']> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  // Nobody listens there: packets are lost, as UDP loses them.
  socket.on('error', () => undefined);
  socket.unref();
  return { agentId: 1, send: (packet) => socket.send(packet, port, address, () => undefined) };
}

/** Of what has no Call-ID, which no call can be found by, no more is kept: a flood of rubbish would push out the calls. */
const namelessPerSec = 10;
const nothing = new Uint8Array(0);

export function tapInto(trace: Trace, time: TimeSource): WireTap {
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
