/** The targets of one request that are still to be tried, in their order; no URI ever twice (RFC 3261 §16.5). */
import { parseUri, type Uri } from '../message/uri.ts';
import { areUrisEqual } from '../message/uri-equal.ts';
import type { ProxyTarget } from './proxy-port.ts';

export class TargetSet {
  readonly #most: number;
  readonly #seen: Uri[] = [];
  /** Highest q first. */
  readonly #waiting: ProxyTarget[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** False: it was there before, or there are enough. */
  add(target: ProxyTarget): boolean {
    const uri = parseUri(target.uri);
    if (this.#seen.length >= this.#most || this.#seen.some((other) => areUrisEqual(other, uri))) return false;
    this.#seen.push(uri);
    const at = this.#waiting.findIndex((other) => qOf(other) < qOf(target));
    this.#waiting.splice(at < 0 ? this.#waiting.length : at, 0, target);
    return true;
  }

  /** Takes targets of the highest q, up to `most`. */
  take(most: number): ProxyTarget[] {
    return this.#waiting.splice(0, Math.min(most, this.groupSize));
  }

  /** How many have the highest q. */
  get groupSize(): number {
    const [first] = this.#waiting;
    if (first === undefined) return 0;
    const end = this.#waiting.findIndex((other) => qOf(other) < qOf(first));
    return end < 0 ? this.#waiting.length : end;
  }

  /** The highest q that waits. */
  get q(): number {
    const [first] = this.#waiting;
    return first === undefined ? 0 : qOf(first);
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}

function qOf({ q = 1 }: ProxyTarget): number {
  return q;
}
