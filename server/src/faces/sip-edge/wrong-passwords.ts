/**
 * Counts wrong passwords by source address and claimed name, so that a client with an old password is told 403 at last instead of being asked for
 * ever. Decides nothing but the status of the refusal: a right password is taken at any time, so nobody can lock somebody else out.
 */

export interface WrongPasswordsOptions {
  /** So many within the window are challenged again. */
  readonly limit: number;
  readonly windowMs: number;
  /** Pairs remembered; the oldest goes first. */
  readonly capacity: number;
}

const defaults: WrongPasswordsOptions = { limit: 5, windowMs: 60_000, capacity: 10_000 };

interface Count {
  readonly sinceMs: number;
  wrong: number;
}

export class WrongPasswords {
  readonly #options: WrongPasswordsOptions;
  readonly #counts = new Map<string, Count>();

  constructor(options: Partial<WrongPasswordsOptions> = {}) {
    this.#options = { ...defaults, ...options };
  }

  get size(): number {
    return this.#counts.size;
  }

  /** Takes note of one more. True: enough, answer 403. */
  note(address: string, username: string, nowMs: number): boolean {
    const key = `${address} ${username}`;
    let count = this.#counts.get(key);
    if (count === undefined || Math.abs(nowMs - count.sinceMs) >= this.#options.windowMs) {
      this.#counts.delete(key);
      if (this.#counts.size >= this.#options.capacity) this.#forgetOldest();
      count = { sinceMs: nowMs, wrong: 0 };
      this.#counts.set(key, count);
    }
    count.wrong += 1;
    return count.wrong > this.#options.limit;
  }

  forget(address: string, username: string): void {
    if (this.#counts.size > 0) this.#counts.delete(`${address} ${username}`);
  }

  #forgetOldest(): void {
    for (const key of this.#counts.keys()) {
      this.#counts.delete(key);
      return;
    }
  }
}
