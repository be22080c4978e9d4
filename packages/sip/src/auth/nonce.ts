/**
 * Nonces that need no memory to be checked (RFC 7616 §3.3, §5.4): time, chance, and an HMAC over both. Only the counts of nonces in use
 * are remembered, to refuse replays (RFC 7616 §3.4.5), and no more than a bound: a nonce that was forgotten is stale, never fresh again.
 */
import type { Random } from '../clock/random.ts';
import { type Hasher, isEqualConstantTime } from './hasher.ts';

export interface NonceIssuerOptions {
  readonly hasher: Hasher;
  /** At least 16 unguessable bytes; nodes that share it take each other's nonces. */
  readonly key: string | Uint8Array;
  readonly random: Random;
  /** How long a nonce holds. Default 300 s. */
  readonly lifetimeSec?: number;
  /** Nonces whose counts are remembered. Default 100,000. */
  readonly capacity?: number;
}

export type NonceVerdict =
  | 'valid'
  /** Ours, but too old or forgotten: challenge again with stale=true. */
  | 'stale'
  /** The count was used before: a replay. Challenge again with stale=true, so that a client at fault can go on. */
  | 'replayed'
  | 'forged';

interface Use {
  readonly issuedSec: number;
  /** The highest count seen. */
  highest: number;
  /** Bit i: highest - i was seen. */
  seen: number;
}

/** Counts this far below the highest are taken once each: requests overtake each other. */
const WINDOW = 32;
const TIME_LENGTH = 8;
const CHANCE_LENGTH = 12;
const MAC_LENGTH = 32;

export class NonceIssuer {
  readonly #options: NonceIssuerOptions;
  readonly #lifetimeSec: number;
  readonly #capacity: number;
  readonly #uses = new Map<string, Use>();
  /** Nonces issued up to here, and not in #uses, may have been used: they are stale. */
  #forgottenSec = 0;
  /** The last one that was found to be ours: `check` and `use` ask about the same. */
  #own = '';
  #ownSec = -1;
  #sweptSec = 0;
  /** The latest time that a nonce was issued at. */
  #latestSec = 0;
  /** Part of what is authenticated; another one makes all nonces before it foreign. */
  #era = '';

  constructor(options: NonceIssuerOptions) {
    this.#options = options;
    this.#lifetimeSec = options.lifetimeSec ?? 300;
    this.#capacity = options.capacity ?? 100_000;
  }

  /** Nonces whose counts are remembered now. */
  get size(): number {
    return this.#uses.size;
  }

  /** @param utcMs wall-clock time, ms since 1970. */
  issue(utcMs: number): string {
    const nowSec = Math.floor(utcMs / 1_000);
    if (nowSec < this.#latestSec - this.#lifetimeSec) this.#beginEra();
    if (nowSec > this.#latestSec) this.#latestSec = nowSec;
    const time = nowSec.toString(16).padStart(TIME_LENGTH, '0');
    const content = time + this.#options.random.token(CHANCE_LENGTH);
    return content + this.#mac(content);
  }

  /**
   * Checks a nonce and takes note of its count. Call it once per request, after the response was found right (else anyone could use
   * counts up).
   * @param nc the credentials' nonce count; undefined: legacy form, for which a nonce holds once.
   */
  use(nonce: string, nc: string | undefined, utcMs: number): NonceVerdict {
    const issuedSec = this.#issuedSec(nonce);
    if (issuedSec < 0) return 'forged';
    const nowSec = Math.floor(utcMs / 1_000);
    // A clock that went back must not make nonces immortal: neither too old nor from the future.
    if (Math.abs(nowSec - issuedSec) > this.#lifetimeSec) return 'stale';
    const count = nc === undefined ? 1 : Number.parseInt(nc, 16);
    const use = this.#uses.get(nonce);
    if (use === undefined) {
      if (issuedSec <= this.#forgottenSec) return 'stale';
      this.#forgetStale(nowSec);
      this.#remember(nonce, { issuedSec, highest: count, seen: 1 });
      return 'valid';
    }
    return note(use, count) ? 'valid' : 'replayed';
  }

  /** Whether the nonce is ours and young enough; takes no note. */
  check(nonce: string, utcMs: number): 'valid' | 'stale' | 'forged' {
    const issuedSec = this.#issuedSec(nonce);
    if (issuedSec < 0) return 'forged';
    const isYoung = Math.abs(Math.floor(utcMs / 1_000) - issuedSec) <= this.#lifetimeSec;
    return isYoung && (issuedSec > this.#forgottenSec || this.#uses.has(nonce)) ? 'valid' : 'stale';
  }

  #issuedSec(nonce: string): number {
    if (nonce === this.#own) return this.#ownSec;
    if (nonce.length !== TIME_LENGTH + CHANCE_LENGTH + MAC_LENGTH) return -1;
    const content = nonce.slice(0, TIME_LENGTH + CHANCE_LENGTH);
    if (!isEqualConstantTime(nonce.slice(TIME_LENGTH + CHANCE_LENGTH), this.#mac(content))) return -1;
    this.#own = nonce;
    this.#ownSec = Number.parseInt(content.slice(0, TIME_LENGTH), 16);
    return this.#ownSec;
  }

  #mac(content: string): string {
    return this.#options.hasher.hmacSha256(this.#options.key, this.#era + content).slice(0, MAC_LENGTH);
  }

  /**
   * The clock went back by more than a nonce holds. Those that were forgotten would seem young again, and new ones, older by their time than the
   * forgotten, would be stale until the clock has caught up: so all that went before is foreign from now on.
   */
  #beginEra(): void {
    this.#era = this.#options.random.token(CHANCE_LENGTH);
    this.#own = '';
    this.#uses.clear();
    this.#forgottenSec = 0;
    this.#latestSec = 0;
  }

  /** Once a second: those in front that are too old to be used again. */
  #forgetStale(nowSec: number): void {
    if (nowSec === this.#sweptSec) return;
    this.#sweptSec = nowSec;
    for (const [nonce, { issuedSec }] of this.#uses) {
      if (nowSec - issuedSec <= this.#lifetimeSec) return;
      this.#forget(nonce, issuedSec);
    }
  }

  #forget(nonce: string, issuedSec: number): void {
    this.#forgottenSec = Math.max(this.#forgottenSec, issuedSec);
    this.#uses.delete(nonce);
  }

  #remember(nonce: string, use: Use): void {
    if (this.#uses.size >= this.#capacity) {
      const [oldest] = this.#uses;
      if (oldest !== undefined) this.#forget(oldest[0], oldest[1].issuedSec);
    }
    this.#uses.set(` ${nonce}`.slice(1), use);
  }
}

/** False: seen before, or too far below the highest to know. */
function note(use: Use, count: number): boolean {
  if (count > use.highest) {
    const ahead = count - use.highest;
    use.seen = ahead >= WINDOW ? 1 : ((use.seen << ahead) | 1) >>> 0;
    use.highest = count;
    return true;
  }
  const behind = use.highest - count;
  const bit = behind >= WINDOW ? 0 : (1 << behind) >>> 0;
  if (bit === 0 || (use.seen & bit) !== 0) return false;
  use.seen = (use.seen | bit) >>> 0;
  return true;
}
