/** For tests over real sockets and processes, which wait on a condition and never for a time. */
import assert from 'node:assert/strict';

const withinMs = 10_000;

/** Resolves as soon as it holds; fails after 10 s, saying what was waited for. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!(await holds())) {
    assert.ok(performance.now() < endMs, `waited in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
