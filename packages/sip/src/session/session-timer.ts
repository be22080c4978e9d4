/** Session timers (RFC 4028): who refreshes, when, and the BYE when nobody did. The 422 of a caller's INVITE is in caller.ts. */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { parseSessionExpires } from '../message/session-expires.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair } from './session-port.ts';

const REFRESH = 1;
const EXPIRED = 2;
/** RFC 4028 §4: the least that may be asked for. */
const leastSec = 90;

export class SessionTimer implements TimerOwner {
  readonly #session: SessionCore;
  #intervalSec = 0;
  #weRefresh = false;
  #timer: TimerId = 0;

  constructor(session: SessionCore) {
    this.#session = session;
  }

  /** Headers of our 2xx to a request that proposes an interval (§9): granted as asked, the caller refreshes unless it says otherwise. */
  answer(request: SipRequest): HeaderPair[] {
    const asked = parseSessionExpires(request.header('Session-Expires') ?? '');
    const canRefresh = request.hasToken('Supported', 'timer');
    if (asked === undefined || !canRefresh) {
      if (this.#intervalSec > 0) this.#arm();
      return [];
    }
    this.#intervalSec = Math.max(asked.intervalSec, leastSec);
    this.#weRefresh = asked.refresher === 'uas';
    this.#arm();
    return [
      ['Require', 'timer'],
      ['Supported', 'timer'],
      ['Session-Expires', `${this.#intervalSec};refresher=${this.#weRefresh ? 'uas' : 'uac'}`],
    ];
  }

  /** From a 2xx to our request. */
  begin(response: SipResponse, role: 'uac'): void {
    const granted = parseSessionExpires(response.header('Session-Expires') ?? '');
    if (granted === undefined) return;
    this.#intervalSec = Math.max(granted.intervalSec, leastSec);
    this.#weRefresh = (granted.refresher ?? 'uac') === role;
    this.#arm();
  }

  refreshHeaders(): HeaderPair[] {
    if (this.#intervalSec === 0) return [];
    return [['Session-Expires', `${this.#intervalSec};refresher=${this.#weRefresh ? 'uac' : 'uas'}`]];
  }

  #arm(): void {
    const { clock } = this.#session.agent.options;
    clock.disarm(this.#timer);
    const sec = this.#intervalSec;
    // §10: refresh at half the interval; the other side gives up a third of it (32 s at most) before the end.
    if (this.#weRefresh) this.#timer = clock.arm((sec / 2) * 1000, this, REFRESH);
    else this.#timer = clock.arm((sec - Math.min(32, sec / 3)) * 1000, this, EXPIRED);
  }

  onTimer(kind: number): void {
    this.#timer = 0;
    const session = this.#session;
    if (session.phase !== 'confirmed') return;
    if (kind === EXPIRED) {
      session.hangUp('SIP;cause=408;text="Session timer expired"', { why: 'expired', by: 'remote' });
      return;
    }
    this.#timer = session.agent.options.clock.arm(
      (this.#intervalSec / 2 - Math.min(16, this.#intervalSec / 6)) * 1000,
      this,
      EXPIRED,
    );
    session.change.reinvite(session.change.lastLocal, [], true);
  }

  stop(): void {
    this.#session.agent.options.clock.disarm(this.#timer);
    this.#timer = 0;
  }
}
