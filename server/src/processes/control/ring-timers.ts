/** How long each call may ring: one timer a call, on the clock of the turns. */
import type { Clock, TimerId, TimerOwner } from '@ringdown/sip';
import type { CallId } from '#base/ids';

export class RingTimers {
  readonly #clock: Clock;
  readonly #onOver: (callId: CallId) => void;
  readonly #ids = new Map<CallId, TimerId>();

  constructor(clock: Clock, onOver: (callId: CallId) => void) {
    this.#clock = clock;
    this.#onOver = onOver;
  }

  /** In place of the one before; null: none. */
  set(callId: CallId, afterMs: number | null): void {
    const before = this.#ids.get(callId);
    if (before !== undefined) this.#clock.disarm(before);
    this.#ids.delete(callId);
    if (afterMs === null) return;
    const owner: TimerOwner = {
      onTimer: () => {
        this.#ids.delete(callId);
        this.#onOver(callId);
      },
    };
    this.#ids.set(callId, this.#clock.arm(afterMs, owner, 0));
  }
}
