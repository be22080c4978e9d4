/** The trace of this process as its configuration has it: where it is kept, how much, and the HEP3 collector that gets it as well. */
import { createSocket } from 'node:dgram';
import { maskSdpSecrets } from '@ringdown/sdp';
import type { BootstrapConfig } from '#base/config';
import type { Log } from '#base/log';
import { createTrace, type Trace, type TraceOptions } from '#services/trace';

export interface OpenTraceOptions {
  readonly config: BootstrapConfig;
  readonly folder: string;
  readonly log: Log;
}

export function openTrace({ config, folder, log }: OpenTraceOptions): Trace {
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
