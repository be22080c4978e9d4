/**
 * Pairs of ports for one address: an even one for RTP, the next for RTCP (RFC 3550 §11). Handed out in a circle from a random beginning, so that a
 * stranger cannot guess the next, and kept back for a while after use, as long as there are others, so that late packets of one call do not
 * reach another.
 */
export interface PortPoolOptions {
  /** Inclusive; the first even port from here on is the first RTP port. */
  readonly min: number;
  readonly max: number;
  readonly quarantineMs: number;
  /** An integer in [0, below). */
  random(below: number): number;
}

/** When a pair is free again; Infinity while it is in use. */
type FreeAtMs = Float64Array;

export class PortPool {
  readonly #first: number;
  readonly #freeAtMs: FreeAtMs;
  readonly #quarantineMs: number;
  readonly #random: (below: number) => number;
  #next: number;
  #used = 0;

  constructor(options: PortPoolOptions) {
    this.#first = options.min + (options.min % 2);
    const pairs = Math.max(0, Math.floor((options.max - this.#first + 1) / 2));
    this.#freeAtMs = new Float64Array(pairs).fill(-Infinity);
    this.#quarantineMs = options.quarantineMs;
    this.#random = options.random;
    this.#next = pairs === 0 ? 0 : options.random(pairs);
  }

  get pairs(): number {
    return this.#freeAtMs.length;
  }

  /** Pairs not in use, those in quarantine included. */
  get unused(): number {
    return this.#freeAtMs.length - this.#used;
  }

  /** An RTP port, or null where none is free. */
  take(nowMs: number): number | null {
    const pairs = this.#freeAtMs.length;
    for (let tried = 0; tried < pairs; tried++) {
      const pair = this.#next;
      this.#next = (this.#next + 1) % pairs;
      if ((this.#freeAtMs[pair] as number) <= nowMs) return this.#use(pair);
    }
    return this.#takeFromQuarantine();
  }

  /** A late packet (which the latch refuses) does less harm than a refused call: the pair that was given back longest ago. */
  #takeFromQuarantine(): number | null {
    let oldest = -1;
    let freeAtMs = Infinity;
    for (const [pair, atMs] of this.#freeAtMs.entries()) {
      if (atMs >= freeAtMs) continue;
      oldest = pair;
      freeAtMs = atMs;
    }
    return oldest < 0 ? null : this.#use(oldest);
  }

  #use(pair: number): number {
    this.#freeAtMs[pair] = Infinity;
    this.#used++;
    return this.#first + 2 * pair;
  }

  /** Another program has this port of `take`: it rests, and the search goes on elsewhere, since who has one often has those beside it too. */
  avoid(port: number, nowMs: number): void {
    this.release(port, nowMs);
    this.#next = this.#random(this.#freeAtMs.length);
  }

  /** Gives a port of `take` back. */
  release(port: number, nowMs: number): void {
    const pair = (port - this.#first) / 2;
    if (this.#freeAtMs[pair] !== Infinity) return;
    this.#freeAtMs[pair] = nowMs + this.#quarantineMs;
    this.#used--;
  }
}
