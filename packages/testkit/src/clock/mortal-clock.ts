/** The clock of a process that can die: its timers never fire afterwards. */
import type { Clock, TimerId, TimerOwner } from '@ringdown/sip';

export class MortalClock implements Clock {
  readonly #clock: Clock;
  #isDead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  kill(): void {
    this.#isDead = true;
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  arm(afterMs: number, owner: TimerOwner, kind: number): TimerId {
    const onTimer = (): void => {
      if (!this.#isDead) owner.onTimer(kind);
    };
    return this.#clock.arm(afterMs, { onTimer }, kind);
  }

  disarm(id: TimerId): void {
    this.#clock.disarm(id);
  }
}
