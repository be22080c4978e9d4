/** Arguments and environment of `ringdown-media`. Flags win over the environment. */
import { parseArgs } from 'node:util';
import { type IoSetting, ioSettings, isIoSetting } from './io-kind.ts';

export interface EngineArguments {
  readonly socketPath: string;
  readonly portMin: number;
  readonly portMax: number;
  readonly addresses: readonly string[];
  readonly threads: number;
  readonly io: IoSetting;
  /** Microseconds. */
  readonly gatherUs: number;
  readonly logFile: string | null;
  readonly maxStreams: number;
  readonly idleEndMs: number;
  readonly orphanAfterMs: number;
  readonly streamTimeoutMs: number;
}

export type ArgumentsOutcome =
  | { readonly ok: true; readonly arguments: EngineArguments }
  | { readonly ok: false; readonly problem: string }
  | { readonly ok: 'help' };

export const usage = `ringdown-media: the Ringdown media engine

  --socket PATH          Unix socket for control, made with mode 0600 (RINGDOWN_MEDIA_SOCKET)
  --port-min N           first RTP port, default 30000 (RINGDOWN_MEDIA_PORT_MIN)
  --port-max N           last RTP port, default 39999 (RINGDOWN_MEDIA_PORT_MAX)
  --bind ADDRESS         local address for streams, several times; the first is the default; default 127.0.0.1
                         (RINGDOWN_MEDIA_BIND, separated by commas)
  --threads N            packet threads, default 1 (RINGDOWN_MEDIA_THREADS)
  --io KIND              how packets are sent: auto, io_uring, epoll, dgram; default auto (RINGDOWN_MEDIA_IO)
  --gather-us N          packets are gathered for so long, 0 to 5000; default 1000 (RINGDOWN_MEDIA_GATHER_US)
  --log-file PATH        lines of JSON; default standard error (RINGDOWN_MEDIA_LOG_FILE)
  --max-streams N        default 8192 (RINGDOWN_MEDIA_MAX_STREAMS)
  --idle-end-ms N        end when nobody is connected and no session is up for so long, default 60000
  --orphan-after-ms N    close sessions without control and media for so long, default 60000
  --stream-timeout-ms N  default time-out of a stream, default 30000
`;

const options = {
  socket: { type: 'string' },
  'port-min': { type: 'string' },
  'port-max': { type: 'string' },
  bind: { type: 'string', multiple: true },
  threads: { type: 'string' },
  io: { type: 'string' },
  'gather-us': { type: 'string' },
  'log-file': { type: 'string' },
  'max-streams': { type: 'string' },
  'idle-end-ms': { type: 'string' },
  'orphan-after-ms': { type: 'string' },
  'stream-timeout-ms': { type: 'string' },
  help: { type: 'boolean' },
} as const;

export function parseArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): ArgumentsOutcome {
  let values: Partial<Record<string, string | boolean | string[]>>;
  try {
    values = parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? error.message : String(error) };
  }
  if (values.help === true) return { ok: 'help' };
  const read = (name: string) => {
    const flag = values[name];
    return typeof flag === 'string' ? flag : environment[`RINGDOWN_MEDIA_${name.toUpperCase().replaceAll('-', '_')}`];
  };
  return build(read, Array.isArray(values.bind) ? values.bind : environment.RINGDOWN_MEDIA_BIND?.split(','));
}

function build(read: (name: string) => string | undefined, bind: readonly string[] | undefined): ArgumentsOutcome {
  const problems: string[] = [];
  const integer = (name: string, range: { min: number; max: number; fallback: number }) => {
    const text = read(name);
    const value = text === undefined ? range.fallback : Number(text);
    if (!Number.isInteger(value) || value < range.min || value > range.max) {
      problems.push(`--${name} must be an integer from ${range.min} to ${range.max}`);
    }
    return value;
  };
  const io = read('io') ?? 'auto';
  if (!isIoSetting(io)) problems.push(`--io must be one of ${ioSettings.join(', ')}`);
  const result: EngineArguments = {
    socketPath: read('socket') ?? '',
    portMin: integer('port-min', { min: 1024, max: 65_534, fallback: 30_000 }),
    portMax: integer('port-max', { min: 1025, max: 65_535, fallback: 39_999 }),
    addresses: bind ?? ['127.0.0.1'],
    threads: integer('threads', { min: 1, max: 32, fallback: 1 }),
    io: isIoSetting(io) ? io : 'auto',
    gatherUs: integer('gather-us', { min: 0, max: 5000, fallback: 1000 }),
    logFile: read('log-file') ?? null,
    maxStreams: integer('max-streams', { min: 1, max: 1_000_000, fallback: 8192 }),
    idleEndMs: integer('idle-end-ms', { min: 100, max: 86_400_000, fallback: 60_000 }),
    orphanAfterMs: integer('orphan-after-ms', { min: 100, max: 86_400_000, fallback: 60_000 }),
    streamTimeoutMs: integer('stream-timeout-ms', { min: 0, max: 86_400_000, fallback: 30_000 }),
  };
  if (result.socketPath === '') problems.push('--socket is required');
  if (result.portMax <= result.portMin) problems.push('--port-max must be above --port-min');
  return problems.length > 0 ? { ok: false, problem: problems.join('; ') } : { ok: true, arguments: result };
}
