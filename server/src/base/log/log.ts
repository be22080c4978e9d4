/**
 * Structured log: one JSON object per line, fields first, a short sentence second. A switched-off level is an empty function:
 * it costs one call and evaluates nothing. Lines are written in batches; `flush` before the process ends.
 */
import { type DestinationStream, pino } from 'pino';
import { LineBatch } from './line-batch.ts';
import { maskFields, maskText } from './mask.ts';

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogFields = Readonly<Record<string, unknown>>;

/** `log.info({ call, status }, 'call answered')` or `log.info('ready')`. */
export type LogLine = (fieldsOrText: LogFields | string, text?: string) => void;

export interface Log {
  readonly trace: LogLine;
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
  /** A log whose every line carries these fields, such as `{ call }`. */
  child(fields: LogFields): Log;
  /** Whether lines of that level are written: ask before you build something expensive for one. */
  isOn(level: Exclude<LogLevel, 'silent'>): boolean;
  /** Writes out what is held; resolves when it is with the operating system. */
  flush(): Promise<void>;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Which process writes: 'control', 'media', 'supervisor'. */
  readonly process: string;
  /** A file's path; without it standard output. */
  readonly file?: string;
  /** Where lines go instead (tests). */
  readonly stream?: DestinationStream;
}

export function createLog(options: LogOptions): Log {
  const batch = options.stream === undefined ? new LineBatch(options.file) : undefined;
  const logger = pino(
    {
      level: options.level,
      base: { process: options.process, pid: process.pid },
      timestamp: createTimeField(() => Date.now()),
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => maskFields(fields),
      },
      hooks: {
        logMethod(args, method) {
          method.apply(this, args.map((arg) => (typeof arg === 'string' ? maskText(arg) : arg)) as typeof args);
        },
      },
    },
    (options.stream ?? batch) as DestinationStream,
  );
  return wrap(logger as unknown as PinoLike, async () => batch?.flush());
}

/** The time of a line as JSON; most lines fall into the second of the one before. */
function createTimeField(nowUtcMs: () => number): () => string {
  let second = Number.NaN;
  let untilSecond = '';
  return () => {
    const utcMs = nowUtcMs();
    const begun = Math.floor(utcMs / 1000);
    if (begun !== second) {
      second = begun;
      untilSecond = `,"time":"${new Date(begun * 1000).toISOString().slice(0, -4)}`;
    }
    return `${untilSecond}${String(utcMs - begun * 1000).padStart(3, '0')}Z"`;
  };
}

interface PinoLike {
  child(fields: LogFields): PinoLike;
  isLevelEnabled(level: string): boolean;
  trace: LogLine;
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
}

function wrap(logger: PinoLike, flush: () => Promise<void>): Log {
  return {
    trace: logger.trace.bind(logger),
    debug: logger.debug.bind(logger),
    info: logger.info.bind(logger),
    warn: logger.warn.bind(logger),
    error: logger.error.bind(logger),
    child: (fields) => wrap(logger.child(maskFields(fields)), flush),
    isOn: (level) => logger.isLevelEnabled(level),
    flush,
  };
}

const nothing: LogLine = () => undefined;

/** A log that writes nothing, for tests and tools. */
export const silentLog: Log = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLog,
  isOn: () => false,
  flush: () => Promise.resolve(),
};
