/** Delays in steps of 50 us, up to 200 ms; what is later counts as that. */
const stepMs = 0.05;
const steps = 4_000;

export class DelayHistogram {
  readonly #counts = new Uint32Array(steps);
  #total = 0;

  add(ms: number): void {
    const step = Math.min(steps - 1, Math.max(0, Math.floor(ms / stepMs)));
    this.#counts[step] = (this.#counts[step] as number) + 1;
    this.#total += 1;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** The upper end of the step. */
  quantile(share: number): number {
    let seen = 0;
    for (let step = 0; step < steps; step += 1) {
      seen += this.#counts[step] as number;
      if (seen >= share * this.#total) return (step + 1) * stepMs;
    }
    return steps * stepMs;
  }
}
