/**
 * Which of several targets is tried, how long each may be silent, and what is remembered of those that failed (RFC 3263 §4.3, RFC 3261 §21.5.4
 * Retry-After). Leaves out: sending, which is its user's.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import { readSeconds } from '../message/read-seconds.ts';
import type { SipResponse } from '../message/response.ts';
import type { FailedTargets } from './failed-targets.ts';
import type { Target, TransportFailure } from './flow.ts';

export interface TargetTrialOptions {
  readonly targets: readonly Target[];
  readonly failed: FailedTargets;
  readonly clock: Clock;
  /** How long a target that gave no response is avoided. Default 30 s. */
  readonly avoidMs?: number | undefined;
  /** How long one target may be silent while there are others. Default: as long as its transaction. */
  readonly attemptMs?: number | undefined;
  /** The present target has been silent for `attemptMs`. */
  readonly onSilent: () => void;
}

export class TargetTrial implements TimerOwner {
  readonly #options: TargetTrialOptions;
  readonly #targets: readonly Target[];
  readonly #avoidMs: number;
  #at = -1;
  #timer: TimerId = 0;

  constructor(options: TargetTrialOptions) {
    this.#options = options;
    this.#targets = options.failed.order(options.targets);
    this.#avoidMs = options.avoidMs ?? 30_000;
  }

  /** The target that is being tried; undefined before the first. */
  get current(): Target | undefined {
    return this.#targets[this.#at];
  }

  /** Goes on to the next target; undefined, and nothing changes, when there is none. */
  next(): Target | undefined {
    this.stop();
    const target = this.#targets[this.#at + 1];
    if (target === undefined) return undefined;
    this.#at += 1;
    const { attemptMs, clock } = this.#options;
    const isLast = this.#at + 1 >= this.#targets.length;
    if (attemptMs !== undefined && !isLast) this.#timer = clock.arm(attemptMs, this, 0);
    return target;
  }

  /** It has said something; a final other than 503 means that it works. */
  answered(response: SipResponse): void {
    this.stop();
    const { failed } = this.#options;
    if (response.status === 503) {
      const retryAfterSec = readSeconds(response.header('Retry-After')?.split(/[;( ]/, 1)[0]);
      if (retryAfterSec !== undefined) this.#avoid(retryAfterSec * 1_000);
    } else if (response.isFinal && this.current !== undefined) failed.remove(this.current);
  }

  /** It never answered. */
  timedOut(): void {
    this.stop();
    this.#avoid(this.#avoidMs);
  }

  /** What failed for reasons of ours says nothing about the target. */
  unreached({ code }: TransportFailure): void {
    this.stop();
    if (code !== 'io' && code !== 'no-listener') this.#avoid(this.#avoidMs);
  }

  /** Nothing more is waited for. */
  stop(): void {
    this.#options.clock.disarm(this.#timer);
    this.#timer = 0;
  }

  onTimer(): void {
    this.#timer = 0;
    this.#avoid(this.#avoidMs);
    this.#options.onSilent();
  }

  #avoid(forMs: number): void {
    if (this.current !== undefined) this.#options.failed.add(this.current, forMs);
  }
}
