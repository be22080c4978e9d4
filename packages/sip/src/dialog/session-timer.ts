/**
 * Session timers (RFC 4028) as plain data and functions: what to propose, what to grant, who refreshes, when. The clock is the session's.
 *
 * Leaves out: the proxy's part (§8).
 */
import type { SipMessage } from '../message/message.ts';
import { parseMinSe, parseSessionExpires } from '../message/session-expires.ts';

export interface SessionTimerState {
  /** 0: no timer runs. */
  intervalSec: number;
  /** The largest Min-SE seen in this dialog, carried in each refresh (§7.4). */
  minSec: number;
  refresher: 'local' | 'remote' | null;
}

export interface SessionTimerSettings {
  /** What we ask for as caller, and for a caller who understands timers but asked for none. 0: never asked for. */
  readonly intervalSec: number;
  /** The shortest interval that we agree to (§9); below it a request is answered 422. */
  readonly minSec: number;
  /** A peer that knows no timers is refreshed by us all the same: each refresh asks whether it is still there. Default: no. */
  readonly always?: boolean;
}

type Row = readonly [name: string, value: string];

/** §4: no Min-SE below it means anything. */
export const LEAST_MIN_SE_SEC = 90;

export function newSessionTimer(): SessionTimerState {
  return { intervalSec: 0, minSec: LEAST_MIN_SE_SEC, refresher: null };
}

/** Headers of an INVITE or UPDATE of ours (§7.1, §7.4): what runs is kept, else what we want is proposed. */
export function proposeTimer(state: SessionTimerState, intervalSec: number): Row[] {
  const wanted = state.intervalSec > 0 ? state.intervalSec : intervalSec;
  if (wanted <= 0) return [];
  const refresher = state.refresher === null ? '' : `;refresher=${state.refresher === 'local' ? 'uac' : 'uas'}`;
  const rows: Row[] = [['Session-Expires', `${Math.max(wanted, state.minSec)}${refresher}`]];
  if (state.minSec > LEAST_MIN_SE_SEC) rows.push(['Min-SE', String(state.minSec)]);
  return rows;
}

/** A 422 names the Min-SE to try again with (§7.3). False: it does not, or asks for no more than we gave. */
export function raiseMinimum(state: SessionTimerState, response: SipMessage): boolean {
  const minSec = parseMinSe(response.header('Min-SE') ?? '');
  if (minSec === undefined || minSec <= state.minSec || minSec > 86_400) return false;
  state.minSec = minSec;
  if (state.intervalSec > 0) state.intervalSec = Math.max(state.intervalSec, minSec);
  return true;
}

/** What a 422 says to a request whose interval is too short for us (§9); null: it is not, or the caller does not know timers. */
export function refuseShortInterval(request: SipMessage, settings: SessionTimerSettings): Row[] | null {
  const asked = parseSessionExpires(request.header('Session-Expires') ?? '');
  if (asked === undefined || asked.intervalSec >= settings.minSec || !knowsTimers(request)) return null;
  return [['Min-SE', String(settings.minSec)]];
}

/** Our part as UAS (§9): what a 2xx to this request says. Changes the state. Ask {@link refuseShortInterval} first. */
export function grantTimer(state: SessionTimerState, request: SipMessage, settings: SessionTimerSettings): Row[] {
  const asked = parseSessionExpires(request.header('Session-Expires') ?? '');
  const peerKnows = knowsTimers(request);
  state.minSec = Math.max(state.minSec, parseMinSe(request.header('Min-SE') ?? '') ?? 0);
  state.intervalSec = intervalFor(asked?.intervalSec, { peerKnows, settings, minSec: state.minSec });
  if (state.intervalSec === 0) {
    state.refresher = null;
    return [];
  }
  // Table 2: a caller that does not know timers cannot refresh; else its wish counts, and without one it refreshes itself.
  const weRefresh = !peerKnows || asked?.refresher === 'uas';
  state.refresher = weRefresh ? 'local' : 'remote';
  const granted: Row = ['Session-Expires', `${state.intervalSec};refresher=${weRefresh ? 'uas' : 'uac'}`];
  return peerKnows ? [['Require', 'timer'], granted] : [granted];
}

function knowsTimers(request: SipMessage): boolean {
  return request.hasToken('Supported', 'timer') || request.hasToken('Require', 'timer');
}

/** A caller's interval may be lowered, never raised (§9); ours is used where the caller asked for none, and understands timers or need not. */
function intervalFor(
  askedSec: number | undefined,
  by: { readonly peerKnows: boolean; readonly settings: SessionTimerSettings; readonly minSec: number },
): number {
  if (askedSec !== undefined) return Math.max(askedSec, by.peerKnows ? 0 : by.minSec);
  const isOurs = by.peerKnows || by.settings.always === true;
  return isOurs && by.settings.intervalSec > 0 ? Math.max(by.settings.intervalSec, by.minSec) : 0;
}

/** Our part as UAC, from a 2xx (§7.2): what the UAS says stands; says it nothing, no timer runs but, where that is set, one of our own. */
export function takeGrant(state: SessionTimerState, response: SipMessage, settings: SessionTimerSettings): void {
  const granted = parseSessionExpires(response.header('Session-Expires') ?? '');
  if (granted !== undefined) {
    state.intervalSec = Math.max(granted.intervalSec, LEAST_MIN_SE_SEC);
    state.refresher = granted.refresher === 'uas' ? 'remote' : 'local';
    return;
  }
  const isOurs = settings.always === true && settings.intervalSec > 0;
  state.intervalSec = isOurs ? Math.max(settings.intervalSec, state.minSec) : 0;
  state.refresher = isOurs ? 'local' : null;
}

/** §10: the refresher sends at half the interval. */
export function refreshAfterMs(state: SessionTimerState): number {
  return (state.intervalSec * 1000) / 2;
}

/** §10: BYE goes out so long after the last refresh, a third of the interval, 32 s at most, before its end. */
export function expireAfterMs(state: SessionTimerState): number {
  return (state.intervalSec - Math.min(32, state.intervalSec / 3)) * 1000;
}
