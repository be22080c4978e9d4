/**
 * Max-Breadth (RFC 5393 §5.3): how many branches a request may have at once, here and further on. Each branch gets a share, which comes back when it is
 * over; what finds no share waits, so a request with many targets and little breadth is forked one after the other.
 */
import { numberOf } from '../message/octets.ts';
import type { SipRequest } from '../message/request.ts';

export class Breadth {
  #free: number;

  constructor(total: number) {
    this.#free = total;
  }

  /** Shares for as many of `wanted` new branches as there is room for, nearly alike; together all that is free. */
  take(wanted: number): number[] {
    const count = Math.min(wanted, this.#free);
    const shares: number[] = [];
    for (let left = count; left > 0; left--) {
      const share = Math.floor(this.#free / left);
      shares.push(share);
      this.#free -= share;
    }
    return shares;
  }

  give(share: number): void {
    this.#free += share;
  }
}

/** What a request brings; at most what is allowed here (RFC 5393 §5.3.3). 0: answer 440. */
export function breadthOf(request: SipRequest, most: number): number {
  const text = request.header('Max-Breadth');
  const given = text === undefined ? -1 : numberOf(text, 0x7fff_ffff);
  return given < 0 ? most : Math.min(given, most);
}
