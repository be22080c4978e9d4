/** Finds the calls that nothing has happened to for a while, and lets them rest: a few at a time, since no turn may wait for many. */
import type { CallState } from '#engine/calls';

export interface QuietCallsOptions {
  readonly after: (ms: number, task: () => void) => void;
  readonly rest: (call: CallState) => void;
}

/** Quiet for so long, and for twice as long at most. */
const quietMs = 10_000;
const restedAtOnce = 32;
const pauseMs = 25;

export class QuietCalls {
  readonly #options: QuietCallsOptions;
  /** Changed since the last turn of the clock, */
  #recent = new Set<CallState>();
  /** and in the one before, but not since. */
  #before = new Set<CallState>();
  /** Quiet by now. */
  readonly #due = new Set<CallState>();
  #isWaiting = false;
  #isResting = false;

  constructor(options: QuietCallsOptions) {
    this.#options = options;
  }

  /** Something has happened to it. */
  changed(call: CallState): void {
    this.#before.delete(call);
    this.#due.delete(call);
    this.#recent.add(call);
    if (!this.#isWaiting) this.#wait();
  }

  ended(call: CallState): void {
    this.#recent.delete(call);
    this.#before.delete(call);
    this.#due.delete(call);
  }

  #wait(): void {
    this.#isWaiting = true;
    this.#options.after(quietMs, () => this.#turnOver());
  }

  #turnOver(): void {
    for (const call of this.#before) this.#due.add(call);
    this.#before = this.#recent;
    this.#recent = new Set();
    if (!this.#isResting) this.#restSome();
    if (this.#before.size > 0) this.#wait();
    else this.#isWaiting = false;
  }

  #restSome(): void {
    let left = restedAtOnce;
    for (const call of this.#due) {
      this.#due.delete(call);
      this.#options.rest(call);
      left -= 1;
      if (left === 0) break;
    }
    this.#isResting = this.#due.size > 0;
    if (this.#isResting) this.#options.after(pauseMs, () => this.#restSome());
  }
}
