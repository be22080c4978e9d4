/** The media engine of call-alone.ts, in a thread of its own: greets, reserves transports, and does nothing of what it is told. */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { parentPort, Worker, workerData } from 'node:worker_threads';

/** Resolves when it listens there. */
export async function startMediaAlone(socketPath: string): Promise<Worker> {
  const worker = new Worker(new URL(import.meta.url), { workerData: socketPath, name: 'media' });
  await once(worker, 'message');
  return worker;
}

interface Asked {
  readonly key: string;
  readonly epoch: number;
  readonly quiet?: boolean;
  readonly command: {
    readonly verb: string;
    readonly versionRange?: unknown;
    readonly count?: number;
    readonly streams?: readonly { readonly streamId: string }[];
  };
}

let lastPort = 30_000;

function resultOf({ command, epoch }: Asked): unknown {
  switch (command.verb) {
    case 'hello':
      return {
        version: 2,
        versionRange: command.versionRange,
        engineId: 'alone',
        pid: process.pid,
        capabilities: ['relay', 'dtmf', 'dscp', 'reserve'],
        ioKind: 'io_uring',
        epoch,
        startedAtUtcMs: 0,
      };
    case 'reserve':
      return { transports: Array.from({ length: command.count ?? 0 }, transport) };
    case 'openSession':
      return { streams: command.streams?.map(({ streamId }) => ({ streamId, ...transport() })) };
    case 'state':
      return { sessions: [], next: null };
    default:
      return {};
  }
}

function transport() {
  lastPort = lastPort > 59_000 ? 30_000 : lastPort + 2;
  const ports = { rtpPort: lastPort, rtcpPort: lastPort + 1, ssrc: lastPort };
  return { transportId: `t${lastPort}`, address: '127.0.0.1', ...ports, cname: 'alone', place: 0 };
}

function serve(socket: Socket): void {
  let held: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    held = Buffer.concat([held, bytes]);
    while (held.length >= 4 && held.length - 4 >= held.readUInt32BE(0)) {
      const frame = held.subarray(4, 4 + held.readUInt32BE(0));
      held = held.subarray(4 + frame.length);
      // What begins otherwise is told, and wants no answer.
      if (frame[0] !== 0x7b) continue;
      const asked = JSON.parse(frame.toString()) as Asked;
      if (asked.quiet === true) continue;
      const reply = Buffer.from(JSON.stringify({ t: 'reply', key: asked.key, ok: true, result: resultOf(asked) }));
      const length = Buffer.alloc(4);
      length.writeUInt32BE(reply.length);
      socket.write(Buffer.concat([length, reply]));
    }
  });
}

if (parentPort !== null) {
  const up = parentPort;
  createServer(serve).listen(workerData as string, () => up.postMessage('up'));
}
