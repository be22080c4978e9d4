/** The three kinds of metric as handles on typed-array cells. Histogram: one cell per bound, one above all, one for the sum. */
import type { Cells } from './cells.ts';

export class Counter {
  readonly #array: Float64Array;
  readonly #at: number;

  constructor(cells: Cells) {
    this.#array = cells.array;
    this.#at = cells.start;
  }

  /** Only upwards: a negative amount is ignored. */
  add(amount = 1): void {
    if (amount > 0) this.#array[this.#at] = (this.#array[this.#at] ?? 0) + amount;
  }

  get value(): number {
    return this.#array[this.#at] ?? 0;
  }
}

export class Gauge {
  readonly #array: Float64Array;
  readonly #at: number;

  constructor(cells: Cells) {
    this.#array = cells.array;
    this.#at = cells.start;
  }

  set(value: number): void {
    this.#array[this.#at] = value;
  }

  add(amount: number): void {
    this.#array[this.#at] = (this.#array[this.#at] ?? 0) + amount;
  }

  get value(): number {
    return this.#array[this.#at] ?? 0;
  }
}

export class Histogram {
  readonly bounds: readonly number[];
  readonly #array: Float64Array;
  readonly #start: number;

  constructor(cells: Cells, bounds: readonly number[]) {
    this.#array = cells.array;
    this.#start = cells.start;
    this.bounds = bounds;
  }

  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? Infinity)) bucket++;
    const at = this.#start + bucket;
    this.#array[at] = (this.#array[at] ?? 0) + 1;
    const sumAt = this.#start + bounds.length + 1;
    this.#array[sumAt] = (this.#array[sumAt] ?? 0) + value;
  }

  /** Observations in bucket `i` alone (not cumulated); `bounds.length` is the one above all bounds. */
  countIn(i: number): number {
    return this.#array[this.#start + i] ?? 0;
  }

  get sum(): number {
    return this.#array[this.#start + this.bounds.length + 1] ?? 0;
  }
}
