/**
 * Idempotency: the replies of the last commands by key. A key that is known is answered again and not carried out; one that is still being carried out
 * waits for the same reply.
 */
import type { ReplyFrame } from '../protocol/envelope.ts';

type Deliver = (reply: ReplyFrame) => void;

export class ReplyMemory {
  readonly #limit: number;
  readonly #done = new Map<string, ReplyFrame>();
  readonly #running = new Map<string, Deliver[]>();

  constructor(limit = 10_000) {
    this.#limit = limit;
  }

  /** @returns true where the key is new: carry the command out, then `finish`. Otherwise the reply goes to `deliver`, now or later. */
  begin(key: string, deliver: Deliver): boolean {
    const done = this.#done.get(key);
    if (done !== undefined) {
      deliver(done);
      return false;
    }
    const running = this.#running.get(key);
    if (running !== undefined) {
      running.push(deliver);
      return false;
    }
    this.#running.set(key, [deliver]);
    return true;
  }

  finish(key: string, reply: ReplyFrame): void {
    const waiting = this.#running.get(key) ?? [];
    this.#running.delete(key);
    this.#done.set(key, reply);
    if (this.#done.size > this.#limit) {
      // A Map keeps the order of insertion: the first is the oldest.
      const oldest = this.#done.keys().next();
      if (oldest.done !== true) this.#done.delete(oldest.value);
    }
    for (const deliver of waiting) deliver(reply);
  }
}
