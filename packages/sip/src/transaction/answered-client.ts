/**
 * What is left of a non-INVITE client transaction for T4 once its final response has come over an unreliable transport: the Completed state of
 * RFC 3261 §17.1.2.2, which absorbs that response's retransmissions. It holds on to neither the request nor the user.
 */
import type { TimerOwner } from '../clock/clock.ts';

export class AnsweredClient implements TimerOwner {
  readonly branch: string;
  readonly method: string;
  readonly #onOver: (answered: AnsweredClient) => void;

  constructor(of: { readonly branch: string; readonly method: string }, onOver: (answered: AnsweredClient) => void) {
    this.branch = of.branch;
    this.method = of.method;
    this.#onOver = onOver;
  }

  /** A retransmission of the final response. */
  receive(): void {}

  /** Timer K. */
  onTimer(): void {
    this.#onOver(this);
  }
}
