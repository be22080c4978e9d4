/**
 * Keeps one child alive: beats every second, and after five missed beats kills it for good and starts another. Restarts are spaced out
 * (0.1 s doubling to 5 s) and the space shrinks again after half a minute of life. A decision machine on given time; no I/O of its own.
 */

export interface WatchSettings {
  readonly beatMs: number;
  readonly missedBeats: number;
  readonly firstRestartMs: number;
  readonly slowestRestartMs: number;
  readonly calmMs: number;
}

export const defaultWatch: WatchSettings = {
  beatMs: 1000,
  missedBeats: 5,
  firstRestartMs: 100,
  slowestRestartMs: 5000,
  calmMs: 30_000,
};

export type WatchAction = 'none' | 'start' | 'kill-and-start';

export class Watch {
  readonly #settings: WatchSettings;
  #restartMs: number;
  #missed = 0;
  #alive = false;
  #aliveSinceMs = 0;
  #startAtMs: number;
  #starting = false;

  constructor(nowMs: number, settings: WatchSettings = defaultWatch) {
    this.#settings = settings;
    this.#restartMs = settings.firstRestartMs;
    this.#startAtMs = nowMs;
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  beatSeen(nowMs: number): void {
    if (!this.#alive) this.#aliveSinceMs = nowMs;
    this.#alive = true;
    this.#starting = false;
    this.#missed = 0;
    if (nowMs - this.#aliveSinceMs >= this.#settings.calmMs) this.#restartMs = this.#settings.firstRestartMs;
  }

  /** `gone`: the socket is closed or the process does not exist, so there is nothing to wait for. */
  beatMissed(nowMs: number, gone: boolean): WatchAction {
    this.#missed += 1;
    const wasAlive = this.#alive;
    if (wasAlive && (gone || this.#missed >= this.#settings.missedBeats)) {
      this.#alive = false;
      this.#plan(nowMs);
    }
    if (this.#starting && this.#missed >= this.#settings.missedBeats * 4) this.#plan(nowMs);
    if (this.#alive || this.#starting || nowMs < this.#startAtMs) return 'none';
    this.#starting = true;
    this.#missed = 0;
    return gone ? 'start' : 'kill-and-start';
  }

  /** The process we started ended before its first beat. */
  startFailed(nowMs: number): void {
    if (this.#starting) this.#plan(nowMs);
  }

  #plan(nowMs: number): void {
    this.#starting = false;
    this.#startAtMs = nowMs + this.#restartMs;
    this.#restartMs = Math.min(this.#restartMs * 2, this.#settings.slowestRestartMs);
  }
}
