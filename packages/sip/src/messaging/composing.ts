/**
 * The two machines of RFC 3994 §3, each over one conversation: what is told while somebody writes here (§3.2, figure 1), and what is shown of the other side (§3.3). Time
 * is an argument; what is said goes to whoever sends it.
 *
 *   idle --typed--> active (say active) --15 s nothing typed--> idle (say idle)
 *                   active --typed on, each refresh--> active (say active again)
 *                   active --sent--> idle (the message itself says so)
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { IsComposing } from './is-composing.ts';

const idleAfterMs = 15_000;
const usualRefreshSec = 120;
/** RFC 3994 §3.3: nobody refreshes more often, and nobody is believed to have for longer than a day. */
const [leastRefreshSec, mostRefreshSec] = [60, 86_400];

const IDLE = 1;
const REFRESH = 2;

export interface ComposingOptions {
  readonly clock: Clock;
  /** Sends a status. */
  readonly say: (status: IsComposing) => void;
  /** Default 120. */
  readonly refreshSec?: number;
  readonly contentType?: string;
}

/** This side writes. */
export class Composing implements TimerOwner {
  readonly #options: ComposingOptions;
  readonly #refreshSec: number;
  #idleTimer: TimerId = 0;
  #refreshTimer: TimerId = 0;
  #isActive = false;

  constructor(options: ComposingOptions) {
    this.#options = options;
    this.#refreshSec = Math.max(leastRefreshSec, options.refreshSec ?? usualRefreshSec);
  }

  get isActive(): boolean {
    return this.#isActive;
  }

  /** A key was pressed. */
  typed(): void {
    const { clock } = this.#options;
    clock.disarm(this.#idleTimer);
    this.#idleTimer = clock.arm(idleAfterMs, this, IDLE);
    if (!this.#isActive) this.#sayActive();
  }

  /** The message has gone out, which ends it without a word (RFC 3994 §3.2). */
  sent(): void {
    this.#stop();
  }

  /** What was written was taken away. */
  cleared(): void {
    if (!this.#isActive) return;
    this.#stop();
    this.#say('idle');
  }

  /** The conversation is over: nothing is said any more. */
  close(): void {
    this.#stop();
  }

  onTimer(kind: number): void {
    if (kind === IDLE) this.cleared();
    else this.#sayActive();
  }

  #sayActive(): void {
    this.#isActive = true;
    this.#refreshTimer = this.#options.clock.arm(this.#refreshSec * 1_000, this, REFRESH);
    this.#say('active');
  }

  #say(state: IsComposing['state']): void {
    const { say, contentType } = this.#options;
    const refresh = state === 'active' ? { refreshSec: this.#refreshSec } : {};
    say({ state, ...refresh, ...(contentType === undefined ? {} : { contentType }) });
  }

  #stop(): void {
    const { clock } = this.#options;
    clock.disarm(this.#idleTimer);
    clock.disarm(this.#refreshTimer);
    this.#idleTimer = 0;
    this.#refreshTimer = 0;
    this.#isActive = false;
  }
}

export interface ComposingWatchOptions {
  readonly clock: Clock;
  readonly onChange: (isComposing: boolean) => void;
}

/** The other side writes. */
export class ComposingWatch implements TimerOwner {
  readonly #options: ComposingWatchOptions;
  #timer: TimerId = 0;
  #isComposing = false;

  constructor(options: ComposingWatchOptions) {
    this.#options = options;
  }

  get isComposing(): boolean {
    return this.#isComposing;
  }

  /** A status has come. */
  received({ state, refreshSec = usualRefreshSec }: IsComposing): void {
    if (state === 'idle') {
      this.messageReceived();
      return;
    }
    const { clock } = this.#options;
    clock.disarm(this.#timer);
    const seconds = Math.min(Math.max(refreshSec, leastRefreshSec), mostRefreshSec);
    this.#timer = clock.arm(seconds * 1_000, this, 0);
    this.#change(true);
  }

  /** A message has come: it was what they wrote (RFC 3994 §3.3). */
  messageReceived(): void {
    this.close();
    this.#change(false);
  }

  close(): void {
    this.#options.clock.disarm(this.#timer);
    this.#timer = 0;
  }

  onTimer(): void {
    this.#timer = 0;
    this.#change(false);
  }

  #change(isComposing: boolean): void {
    if (isComposing === this.#isComposing) return;
    this.#isComposing = isComposing;
    this.#options.onChange(isComposing);
  }
}
