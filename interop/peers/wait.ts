/**
 * Waiting for a condition, never for time: a bound is given with every wait, and its expiry is a failure that says what was
 * awaited and shows what the peer last said.
 */
export class InteropFailure extends Error {
  readonly code = 'interop.failed';
}

export interface Wait {
  /** What is awaited, for the failure's text. */
  readonly what: string;
  readonly withinMs?: number;
  /** Shown when the bound is over: a peer's last lines. */
  readonly tail?: () => string;
  /** Ends the wait at once: the program died. */
  readonly gone?: () => string | undefined;
}

export const defaultWithinMs = 15_000;
const lookAgainMs = 20;

type Look<T> = T | undefined | false;

/** Looks until `look` gives something other than undefined or false. */
export async function waitFor<T>(wait: Wait, look: () => Look<T> | Promise<Look<T>>): Promise<T> {
  const withinMs = wait.withinMs ?? defaultWithinMs;
  const endMs = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    const gone = wait.gone?.();
    if (gone !== undefined) throw failed(`${gone} while waiting for ${wait.what}`, wait);
    if (performance.now() > endMs) throw failed(`no ${wait.what} within ${withinMs} ms`, wait);
    await pause(lookAgainMs);
  }
}

export function fail(text: string): never {
  throw new InteropFailure(text);
}

/** An assertion on what was measured. */
export function expect(holds: boolean, text: string): void {
  if (!holds) fail(text);
}

export async function within<T>(what: string, withinMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const bound = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new InteropFailure(`${what} took longer than ${withinMs} ms`)), withinMs);
  });
  try {
    return await Promise.race([work, bound]);
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function failed(text: string, wait: Wait): InteropFailure {
  const tail = wait.tail?.();
  return new InteropFailure(tail === undefined ? text : `${text}\n${tail}`);
}
