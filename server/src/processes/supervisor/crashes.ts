/** Counts deaths by signal: two within a minute are no chance. */

const withinMs = 60_000;

export class Crashes {
  #lastMs = Number.NEGATIVE_INFINITY;
  #hasRepeated = false;

  /** Once true it stays so: what crashes is not tried again before the next start of all. */
  get hasRepeated(): boolean {
    return this.#hasRepeated;
  }

  /** @returns whether this was the one that is too many */
  died(nowMs: number): boolean {
    const isFirstRepetition = !this.#hasRepeated && nowMs - this.#lastMs <= withinMs;
    if (isFirstRepetition) this.#hasRepeated = true;
    this.#lastMs = nowMs;
    return isFirstRepetition;
  }
}
