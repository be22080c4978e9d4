/**
 * Checks what came over the wire before the engine believes it: a command frame with every field of the right type and within its limits.
 * One row per verb; the first problem is told with the field's path. Unknown extra fields pass.
 */
import type { MediaCommand, MediaVerb } from './command.ts';
import type { CommandFrame } from './envelope.ts';
import { type MediaError, mediaError } from './error.ts';

/** Null: fine. Otherwise what is wrong, beginning with the path. */
type Check = (value: unknown, path: string) => string | null;

const id = text(1, 128);
const port = integer(1, 65_535);
const payloadType = integer(0, 127);

const streamSpec = fields({
  streamId: id,
  kind: oneOf('audio', 'video', 'image', 'text', 'application'),
  address: optional(text(1, 64)),
  dscp: optional(integer(0, 63)),
  timeoutMs: optional(integer(0, 86_400_000)),
  transportId: optional(id),
});

const remote = fields({
  address: text(1, 64),
  port,
  rtcpPort: optional(port),
  rtcpMux: optional(boolean),
});

const codec = fields({
  payloadType,
  name: text(1, 64),
  clockRate: integer(1, 1_000_000),
  channels: optional(integer(1, 255)),
});

const payloadMap = list(pair(payloadType, payloadType), 128);

const playSource = byKind({
  tone: fields({ hz: number(1, 24_000), levelDbm0: number(-90, 3.17) }),
  music: fields({}),
  prompt: fields({ names: list(text(1, 64), 1000) }),
  clock: fields({ utcOffsetMin: integer(-1440, 1440) }),
  silence: fields({}),
  ringback: fields({ country: text(0, 16) }),
});

const verbs: Record<MediaVerb, Check> = {
  hello: fields({
    versionRange: fields({ min: integer(0, 1e6), max: integer(0, 1e6) }),
    role: oneOf('control', 'supervisor'),
  }),
  ping: fields({}),
  state: fields({
    eventsSince: optional(record(integer(0, 2 ** 52))),
    after: optional(text(0, 128)),
    limit: optional(integer(1, 1000)),
  }),
  openSession: fields({ sessionId: id, callId: id, streams: list(streamSpec, 64), nearSessionId: optional(id) }),
  reserve: fields({
    address: optional(text(1, 64)),
    dscp: optional(integer(0, 63)),
    count: integer(1, 256),
  }),
  closeSession: fields({ sessionId: id }),
  addStream: fields({ sessionId: id, stream: streamSpec }),
  removeStream: fields({ streamId: id }),
  updateStream: fields({
    streamId: id,
    remote: optional(remote),
    direction: optional(oneOf('sendrecv', 'sendonly', 'recvonly', 'inactive')),
    codecs: optional(list(codec, 64)),
    dtmfPayloadType: optional(nullable(payloadType)),
    timeoutMs: optional(integer(0, 86_400_000)),
    relock: optional(boolean),
  }),
  join: fields({ a: id, b: id, payloadMapAtoB: payloadMap, payloadMapBtoA: payloadMap }),
  split: fields({ streamId: id }),
  echo: fields({ streamId: id, on: boolean }),
  play: fields({ streamId: id, playId: id, source: playSource, loop: boolean }),
  stopPlay: fields({ streamId: id }),
  sendDtmf: fields({
    streamId: id,
    digits: matching(/^[0-9*#A-Da-d,]{1,128}$/, 'digits 0-9 * # A-D and commas'),
    durationMs: optional(integer(40, 8000)),
    gapMs: optional(integer(20, 8000)),
  }),
  stats: fields({ sessionId: id }),
  drain: fields({ withinMs: optional(integer(0, 86_400_000)) }),
};

export type CommandCheck =
  | { readonly ok: true; readonly frame: CommandFrame }
  /** `key` where the frame had a usable one, so that the failure finds its way back. */
  | { readonly ok: false; readonly key: string | null; readonly error: MediaError };

export function checkCommandFrame(value: unknown): CommandCheck {
  const frame = asRecord(value);
  if (frame === null) return { ok: false, key: null, error: mediaError('bad-command', 'a frame must be an object') };
  const key = typeof frame.key === 'string' && frame.key.length > 0 && frame.key.length <= 200 ? frame.key : null;
  const envelope = envelopeProblem(frame, key);
  if (envelope !== null) return { ok: false, key, error: mediaError('bad-command', envelope) };
  const command = asRecord(frame.command);
  const verb = command?.verb;
  if (command === null || typeof verb !== 'string')
    return { ok: false, key, error: mediaError('bad-command', 'command.verb: must be text') };
  if (!Object.hasOwn(verbs, verb)) return { ok: false, key, error: mediaError('unknown-verb', verb.slice(0, 64)) };
  const problem = verbs[verb as MediaVerb](command, 'command');
  if (problem !== null) return { ok: false, key, error: mediaError('bad-command', problem) };
  // Checked field by field above: the one place where the wire's unknown becomes a type.
  return {
    ok: true,
    frame: {
      t: 'command',
      key: key ?? '',
      epoch: frame.epoch as number,
      quiet: frame.quiet === true,
      command: command as unknown as MediaCommand,
    },
  };
}

function envelopeProblem(frame: Record<string, unknown>, key: string | null): string | null {
  if (frame.t !== 'command') return "t: must be 'command'";
  if (key === null) return 'key: must be text of 1 to 200 characters';
  return integer(0, 2 ** 52)(frame.epoch, 'epoch') ?? optional(boolean)(frame.quiet, 'quiet');
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function text(min: number, max: number): Check {
  return (value, path) =>
    typeof value === 'string' && value.length >= min && value.length <= max
      ? null
      : `${path}: must be text of ${min} to ${max} characters`;
}

function matching(pattern: RegExp, what: string): Check {
  return (value, path) => (typeof value === 'string' && pattern.test(value) ? null : `${path}: must be ${what}`);
}

function number(min: number, max: number): Check {
  return (value, path) =>
    typeof value === 'number' && value >= min && value <= max
      ? null
      : `${path}: must be a number from ${min} to ${max}`;
}

function integer(min: number, max: number): Check {
  return (value, path) =>
    Number.isInteger(value) && (value as number) >= min && (value as number) <= max
      ? null
      : `${path}: must be an integer from ${min} to ${max}`;
}

function boolean(value: unknown, path: string): string | null {
  return typeof value === 'boolean' ? null : `${path}: must be true or false`;
}

function oneOf(...allowed: readonly string[]): Check {
  return (value, path) =>
    typeof value === 'string' && allowed.includes(value) ? null : `${path}: must be one of ${allowed.join(', ')}`;
}

function optional(check: Check): Check {
  return (value, path) => (value === undefined ? null : check(value, path));
}

function nullable(check: Check): Check {
  return (value, path) => (value === null ? null : check(value, path));
}

function list(check: Check, max: number): Check {
  return (value, path) => {
    if (!Array.isArray(value) || value.length > max) return `${path}: must be a list of at most ${max}`;
    for (let index = 0; index < value.length; index++) {
      const problem = check(value[index], `${path}[${index}]`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

function pair(first: Check, second: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) return `${path}: must be a pair`;
    return first(value[0], `${path}[0]`) ?? second(value[1], `${path}[1]`);
  };
}

function record(check: Check): Check {
  return (value, path) => {
    const entries = asRecord(value);
    if (entries === null) return `${path}: must be an object`;
    for (const [name, entry] of Object.entries(entries)) {
      const problem = check(entry, `${path}.${name}`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

function fields(checks: Readonly<Record<string, Check>>): Check {
  const rows = Object.entries(checks);
  return (value, path) => {
    const record = asRecord(value);
    if (record === null) return `${path}: must be an object`;
    for (const [name, check] of rows) {
      const problem = check(record[name], `${path}.${name}`);
      if (problem !== null) return problem;
    }
    return null;
  };
}

function byKind(checks: Readonly<Record<string, Check>>): Check {
  return (value, path) => {
    const kind = asRecord(value)?.kind;
    if (typeof kind !== 'string' || !Object.hasOwn(checks, kind))
      return `${path}.kind: must be one of ${Object.keys(checks).join(', ')}`;
    return checks[kind]?.(value, path) ?? null;
  };
}
