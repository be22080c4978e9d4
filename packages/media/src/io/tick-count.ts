/**
 * Which ticks are due: the accounting of all clocks. Time is an argument, in monotonic milliseconds: the first number of
 * an array, as a number of its own would be made on the heap for each look.
 */
import { type PacketSink, tickMs } from './packet-io.ts';

/** Ticks owed after a stall of the process are worked off, but not without end. */
const mostTicksAtOnce = 25;

export class TickCount {
  readonly #startMs = new Float64Array(1);
  #ticked = 0;

  start(nowMs: Float64Array): void {
    this.#startMs[0] = nowMs[0] as number;
  }

  /** Microseconds until the next tick; 0 where it is due. */
  untilNextUs(nowMs: Float64Array): number {
    const dueMs = (this.#startMs[0] as number) + (this.#ticked + 1) * tickMs;
    return Math.max(0, Math.round((dueMs - (nowMs[0] as number)) * 1000));
  }

  /** Ticks that are due, one after the other. */
  catchUp(nowMs: Float64Array, sink: PacketSink): void {
    const due = Math.floor(((nowMs[0] as number) - (this.#startMs[0] as number)) / tickMs);
    if (due - this.#ticked > mostTicksAtOnce) this.#ticked = due - mostTicksAtOnce;
    while (this.#ticked < due) {
      this.#ticked++;
      sink.onTick(this.#ticked);
    }
  }
}
