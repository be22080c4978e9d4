/**
 * What waits for its turn, first come first served, with its age: inputs that came between two turns are a batch, and the time is read once per batch.
 * Bounded by age and by number (RFC 6357 §5.2: a queue that may grow without end turns overload into collapse); what is done about that is the caller's.
 */

export interface InputQueueOptions {
  readonly nowMs: () => number;
  /** Older than this, or longer than this, the queue is full. */
  readonly maxAgeMs?: number;
  readonly maxLength?: number;
}

export class InputQueue<Input> {
  readonly #nowMs: () => number;
  readonly #maxAgeMs: number;
  readonly #maxLength: number;
  #inputs: Input[] = [];
  /** Of each batch that still waits: how many inputs had come before it since the start, and when its first one came. */
  #batchAt: number[] = [];
  #batchMs: number[] = [];
  #isBatchOpen = false;
  #pushed = 0;
  #oldestMs = Infinity;

  constructor(options: InputQueueOptions) {
    this.#nowMs = options.nowMs;
    this.#maxAgeMs = options.maxAgeMs ?? 500;
    this.#maxLength = options.maxLength ?? 20_000;
  }

  get length(): number {
    return this.#inputs.length;
  }

  /** New work should not be let in. Until the next turn the age counts as of the last one, so that asking costs two comparisons. */
  isFull(turnMs: number): boolean {
    return turnMs - this.#oldestMs > this.#maxAgeMs || this.#inputs.length >= this.#maxLength;
  }

  push(input: Input): void {
    if (!this.#isBatchOpen) this.#openBatch();
    this.#inputs.push(input);
    this.#pushed++;
  }

  /** Before all that wait. */
  unshift(input: Input): void {
    if (this.#inputs.length === 0) this.push(input);
    else this.#inputs.unshift(input);
  }

  /** How long the oldest has waited; 0 where nothing waits. */
  waitedMs(nowMs: number): number {
    return this.#inputs.length === 0 ? 0 : Math.max(0, nowMs - this.#oldestMs);
  }

  /** Takes the oldest, so many at most. What is pushed from now on is another batch. */
  take(most: number): Input[] {
    const taken = this.#inputs;
    this.#isBatchOpen = false;
    this.#inputs = taken.length <= most ? [] : taken.splice(most);
    this.#forgetBatches();
    return taken;
  }

  /** All that waits counts as having come now: nobody was meant to take it before. */
  restamp(): void {
    this.#batchAt = [];
    this.#batchMs = [];
    this.#oldestMs = Infinity;
    if (this.#inputs.length > 0) this.#openBatch();
  }

  clear(): void {
    this.#inputs = [];
    this.#forgetBatches();
  }

  #openBatch(): void {
    const nowMs = this.#nowMs();
    this.#isBatchOpen = true;
    this.#batchAt.push(this.#pushed);
    this.#batchMs.push(nowMs);
    if (this.#oldestMs === Infinity) this.#oldestMs = nowMs;
  }

  #forgetBatches(): void {
    if (this.#inputs.length === 0) {
      this.#batchAt.length = 0;
      this.#batchMs.length = 0;
      this.#oldestMs = Infinity;
      return;
    }
    const first = this.#pushed - this.#inputs.length;
    while ((this.#batchAt[1] ?? Infinity) <= first) {
      this.#batchAt.shift();
      this.#batchMs.shift();
    }
    this.#oldestMs = this.#batchMs[0] ?? Infinity;
  }
}
