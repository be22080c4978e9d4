/** Drives the session timer (RFC 4028 §10): refreshes when that is ours to do, hangs up when nobody has refreshed in time. */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { expireAfterMs, refreshAfterMs } from '../dialog/session-timer.ts';
import { hangUp } from './bye.ts';
import { startChange } from './own-change.ts';
import type { Refresh, SessionCore } from './session-core.ts';

const REFRESH = 1;
const EXPIRED = 2;
/** A refresh that another change is in the way of waits so long. */
const againMs = 2_000;

export class SessionRefresh implements Refresh, TimerOwner {
  expiresMs: number | null = null;
  readonly #session: SessionCore;
  #refreshTimer: TimerId = 0;
  #expiryTimer: TimerId = 0;

  constructor(session: SessionCore) {
    this.#session = session;
  }

  begin(): void {
    const { timer } = this.#session.state;
    this.#arm(refreshAfterMs(timer), expireAfterMs(timer));
    if (this.expiresMs !== null && this.#session.phase === 'confirmed')
      this.#session.user?.onRefreshed?.(this.#session);
  }

  /** After a restart: `leftMs` of the interval are left; our refresh is soon, since it also shows that the peer is still there. */
  resume(leftMs: number, refreshWithinMs: number): void {
    this.#arm(Math.min(refreshWithinMs, leftMs / 2), leftMs);
  }

  #arm(refreshMs: number, expiryMs: number): void {
    this.stop();
    const { timer } = this.#session.state;
    const { clock } = this.#session.agent.options;
    if (timer.intervalSec === 0) return;
    this.expiresMs = clock.nowMs() + expiryMs;
    this.#expiryTimer = clock.arm(expiryMs, this, EXPIRED);
    if (timer.refresher === 'local') this.#refreshTimer = clock.arm(refreshMs, this, REFRESH);
  }

  onTimer(kind: number): void {
    const session = this.#session;
    if (kind === EXPIRED) {
      this.stop();
      hangUp(session, 'SIP;cause=408;text="Session timer expired"', { why: 'expired', by: 'remote' });
      return;
    }
    this.#refreshTimer = 0;
    const { peerAllowsUpdate, localBody } = session.state;
    // RFC 4028 §7.4: an UPDATE needs no body, so nothing can be misread as a change.
    const wanted = peerAllowsUpdate
      ? ({ method: 'UPDATE', body: null } as const)
      : ({ method: 'INVITE', body: localBody } as const);
    if (!startChange(session, { ...wanted, headers: [], isRefresh: true })) this.#refreshIn(againMs);
  }

  again(): void {
    this.#refreshIn(Math.max(againMs, (this.#session.state.timer.intervalSec * 1000) / 20));
  }

  #refreshIn(afterMs: number): void {
    if (this.expiresMs === null) return;
    const { clock } = this.#session.agent.options;
    clock.disarm(this.#refreshTimer);
    this.#refreshTimer = clock.arm(afterMs, this, REFRESH);
  }

  stop(): void {
    const { clock } = this.#session.agent.options;
    clock.disarm(this.#refreshTimer);
    clock.disarm(this.#expiryTimer);
    this.#refreshTimer = 0;
    this.#expiryTimer = 0;
    this.expiresMs = null;
  }
}
