/**
 * Which new requests are still taken when more comes than can be done (RFC 6357, RFC 3261 §21.5.4). The measure is how long the oldest input has waited,
 * its least within an interval, so that a burst or a stall is not taken for overload; and, where the queue is in the kernel and cannot be seen, whether the
 * thread was ever idle. Of new requests a share is let in that falls as long as the measure is over its target, and rises again slowly.
 *
 * What is turned away is always the beginning of something: see sheddable.ts. Which ones is decided by their branch, so that a retransmission is
 * answered alike. Those that bear credentials have cost a challenge already and are the last to go.
 *
 * Leaves out: feedback to the peer in Via (RFC 7339 `oc`).
 */

import type { SipRequest } from '../message/request.ts';
import { hashText } from './hash-text.ts';
import { isSheddable } from './sheddable.ts';

export interface OverloadSettings {
  /** The wait of the oldest input that is aimed at. Default 100 ms. */
  readonly targetWaitMs?: number;
  /** While requests are turned away, one that has waited so long is, whatever the share. Default 300 ms. */
  readonly maxWaitMs?: number;
  /** How much of its time the thread may be busy in the long run. Default 0.97. */
  readonly maxBusy?: number;
  /** How often the share is reckoned. Default 100 ms. */
  readonly intervalMs?: number;
  /** Least of Retry-After; up to twice that is said, not to everybody the same. Default 5. */
  readonly retryAfterSec?: number;
  /** Numbers that are never turned away, beside urn:service:sos (RFC 5031) and the namespace esnet (RFC 7135). */
  readonly emergencyNumbers?: readonly string[];
}

/** What the transaction layer asks before it begins something new. */
export interface Admission {
  admits(request: SipRequest): boolean;
  /** For a request that was not admitted. */
  retryAfterSec(request: SipRequest): number;
}

const leastShare = 0.01;
/** Weight of the last interval in what the thread's busy time is taken to be. */
const busyWeight = 0.2;

export class OverloadControl implements Admission {
  readonly #settings: Required<Omit<OverloadSettings, 'emergencyNumbers'>>;
  readonly #emergencyNumbers: ReadonlySet<string>;
  /** Of new requests without credentials. */
  #share = 1;
  #busy = 0;
  #waitedMs = 0;
  #leastWaitMs = Infinity;
  #lastWaitMs = 0;
  #intervalStartMs = Number.NaN;
  #idleAtStartMs = 0;
  #rejected = 0;

  constructor(settings: OverloadSettings = {}) {
    this.#settings = {
      targetWaitMs: 100,
      maxWaitMs: 300,
      maxBusy: 0.97,
      intervalMs: 100,
      retryAfterSec: 5,
      ...settings,
    };
    this.#emergencyNumbers = new Set(settings.emergencyNumbers ?? []);
  }

  /** What part of new requests is let in, 0 to 1. */
  get share(): number {
    return this.#share;
  }

  /** Requests turned away since the start. */
  get rejectedCount(): number {
    return this.#rejected;
  }

  /**
   * Once per turn, before its inputs.
   * @param waitedMs how long the oldest input has waited
   * @param idleMs all the time that the thread was idle so far; asked once per interval. NaN: the queue is seen, and its wait says enough
   */
  turnBegan(nowMs: number, waitedMs: number, idleMs: () => number): void {
    this.#waitedMs = waitedMs;
    if (waitedMs < this.#leastWaitMs) this.#leastWaitMs = waitedMs;
    const spanMs = nowMs - this.#intervalStartMs;
    if (spanMs < this.#settings.intervalMs) return;
    const idleNowMs = idleMs();
    if (!Number.isNaN(spanMs)) this.#reckon(spanMs, idleNowMs - this.#idleAtStartMs);
    this.#intervalStartMs = nowMs;
    this.#idleAtStartMs = idleNowMs;
    this.#leastWaitMs = Infinity;
  }

  admits(request: SipRequest): boolean {
    if (this.#share >= 1 || !isSheddable(request, this.#emergencyNumbers)) return true;
    const isTaken = this.#waitedMs <= this.#settings.maxWaitMs && draw(request) < this.#shareOf(request);
    if (!isTaken) this.#rejected++;
    return isTaken;
  }

  retryAfterSec(request: SipRequest): number {
    const { retryAfterSec } = this.#settings;
    return Math.round(retryAfterSec * (1 + draw(request)));
  }

  #shareOf(request: SipRequest): number {
    const isSigned = request.header('Authorization') ?? request.header('Proxy-Authorization');
    return isSigned === undefined ? this.#share : Math.min(1, this.#share * 2);
  }

  #reckon(spanMs: number, idleMs: number): void {
    const { targetWaitMs, maxBusy, intervalMs } = this.#settings;
    const busy = Number.isNaN(idleMs) ? 0 : Math.min(1, Math.max(0, 1 - idleMs / spanMs));
    // A turn that comes late, after nothing came, stands for all the intervals that passed.
    const weight = 1 - (1 - busyWeight) ** (spanMs / intervalMs);
    this.#busy += (busy - this.#busy) * weight;
    const waitMs = this.#leastWaitMs;
    const lastWaitMs = this.#lastWaitMs;
    this.#lastWaitMs = waitMs;
    // One interval may be a stall of the machine.
    const excess = Math.max(Math.min(waitMs, lastWaitMs) / targetWaitMs, this.#busy > maxBusy ? 1.1 : 0);
    if (excess <= 1) this.#share = Math.min(1, this.#share * 1.03 ** (spanMs / intervalMs) + 0.005);
    // A queue that gets shorter will be gone without being cut further.
    else if (waitMs >= lastWaitMs) this.#share = Math.max(leastShare, this.#share * Math.max(0.8, 1 / excess));
  }
}

/** 0 to 1, the same for a request and its retransmissions. */
function draw({ topVia }: SipRequest): number {
  return hashText(topVia.branch ?? topVia.sentBy) / 2 ** 32;
}
