/** Targets that failed lately, so that the next request does not find out again (RFC 3263 §4.3, RFC 3261 §21.5.4 Retry-After). */
import type { Clock } from '../clock/clock.ts';
import type { Target } from './flow.ts';

const MOST = 10_000;

export class FailedTargets {
  readonly #clock: Clock;
  readonly #untilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(target: Target, forMs: number): void {
    const key = keyOf(target);
    this.#untilMs.delete(key);
    this.#untilMs.set(key, this.#clock.nowMs() + forMs);
    if (this.#untilMs.size <= MOST) return;
    for (const oldest of this.#untilMs.keys()) {
      this.#untilMs.delete(oldest);
      break;
    }
  }

  /** It works again. */
  remove(target: Target): void {
    this.#untilMs.delete(keyOf(target));
  }

  has(target: Target): boolean {
    const untilMs = this.#untilMs.get(keyOf(target));
    return untilMs !== undefined && untilMs > this.#clock.nowMs();
  }

  /** The same targets, those that failed lately last: when nothing else is left they are tried all the same. */
  order(targets: readonly Target[]): Target[] {
    const good = targets.filter((target) => !this.has(target));
    return good.length === targets.length ? good : [...good, ...targets.filter((target) => this.has(target))];
  }
}

function keyOf(target: Target): string {
  return `${target.kind}|${target.remote.address}|${target.remote.port}`;
}
