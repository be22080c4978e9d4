/**
 * The one error class of the application for "the world failed" and "the caller asked for what cannot be".
 * Expected outcomes (busy, no route, conflict) are values, not errors. Each face maps `code` in one file of its own;
 * nobody matches on message text. Leaves out: the texts for users' eyes in other languages.
 */

/** Whose mistake it is: the one who asked, a peer we depend on, this program, or nobody can tell. */
export type Fault = 'caller' | 'upstream' | 'us' | 'unknown';

/** Whether doing the same again can help: never, now (read anew and repeat), or later. */
export type Retry = 'never' | 'now' | 'later';

export interface AppErrorOptions {
  /** Stable, `area.what-happened`, stands in docs/errors.md. */
  readonly code: string;
  readonly fault: Fault;
  readonly retry: Retry;
  /** For the person who must act: what happened, with which thing, and what to do. Never a secret. */
  readonly message: string;
  readonly cause?: unknown;
  /** Plain facts for a face to show or for a log line. Never a secret. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

export class AppError extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly retry: Retry;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(options: AppErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = options.code;
    this.fault = options.fault;
    this.retry = options.retry;
    this.details = options.details ?? {};
  }
}

/** Wraps whatever was thrown: an AppError stays as it is, the rest becomes `internal.unexpected`. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError({
    code: 'internal.unexpected',
    fault: 'us',
    retry: 'later',
    message: `Something failed inside Ringdown: ${text}`,
    cause: thrown,
  });
}

/** Misuse of an internal interface: a mistake in this program, never in what a user asked. */
export function misuse(message: string): AppError {
  return new AppError({ code: 'internal.misuse', fault: 'us', retry: 'never', message });
}
