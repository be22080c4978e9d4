/**
 * Fewer, larger turns under load: waking up, one write to a log, one write to each socket cost more than the message they are for. While turns have
 * followed each other closely for a while, the thread sleeps until a given time has passed since the last one, and what has arrived by then is one
 * turn. An idle thread waits for nothing: the first messages of a call on a quiet server are not delayed.
 */

/** So many turns in a row tell load from a single call. */
const rememberedTurns = 16;

export class Gathering {
  readonly #gatherMs: number;
  /** When the last turns began, a ring. */
  readonly #beganMs = new Float64Array(rememberedTurns).fill(Number.NEGATIVE_INFINITY);
  #next = 0;

  /** @param gatherMs 0: never. */
  constructor(gatherMs: number) {
    this.#gatherMs = gatherMs;
  }

  turnBegan(nowMs: number): void {
    this.#beganMs[this.#next] = nowMs;
    this.#next = (this.#next + 1) % rememberedTurns;
  }

  /** How long to sleep before the next turn. Asked once per turn. */
  waitMs(nowMs: number): number {
    const oldestMs = this.#beganMs[this.#next] ?? Number.NEGATIVE_INFINITY;
    const lastMs = this.#beganMs[(this.#next + rememberedTurns - 1) % rememberedTurns] ?? Number.NEGATIVE_INFINITY;
    const isBusy = nowMs - oldestMs < this.#gatherMs * rememberedTurns * 2;
    return isBusy ? Math.max(0, this.#gatherMs - (nowMs - lastMs)) : 0;
  }
}
