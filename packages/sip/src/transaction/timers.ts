/**
 * The timers of RFC 3261 §17 and Appendix A (table 4), with RFC 6026 §8 (L and M) and RFC 4320 §4.1. Only T1, T2 and T4 are chosen;
 * the rest follows from them.
 */

/** Which timer a transaction armed: the `kind` of {@link Clock.arm}. */
export const TIMER_A = 1;
export const TIMER_B = 2;
export const TIMER_D = 4;
export const TIMER_E = 5;
export const TIMER_F = 6;
export const TIMER_G = 7;
export const TIMER_H = 8;
export const TIMER_I = 9;
export const TIMER_J = 10;
export const TIMER_K = 11;
export const TIMER_L = 12;
export const TIMER_M = 13;
/** When 100 Trying goes out by itself: RFC 3261 §17.2.1 for INVITE, RFC 4320 §4.1 for the rest. */
export const TIMER_TRYING = 14;
/** How long a final response is waited for after CANCEL (RFC 3261 §9.1). */
export const TIMER_CANCELLED = 15;
/** A failure known inside `request()`, told after it has returned. */
export const TIMER_FAILED = 16;
/** A non-INVITE request nobody answered in the time its client waits for (RFC 4320 §4.2). */
export const TIMER_UNANSWERED = 17;

export interface TransactionTimers {
  /** Estimate of the round trip. */
  readonly t1Ms: number;
  /** The longest interval between retransmissions of a non-INVITE request or of an INVITE's final response. */
  readonly t2Ms: number;
  /** How long a message stays in the network. */
  readonly t4Ms: number;
  /** 64*T1: timers B, F, H, J, L and M. */
  readonly timeoutMs: number;
  /** Timer D: at least 32 s, since the server's T1 is unknown here (RFC 3261 §17.1.1.2). */
  readonly dMs: number;
  /** When an INVITE is answered 100 if its user said nothing (RFC 3261 §17.2.1). */
  readonly tryingMs: number;
  /** When a non-INVITE request is answered 100: once its client's timer E has reached T2 (RFC 4320 §4.1). */
  readonly nonInviteTryingMs: number;
}

export interface TimerSettings {
  readonly t1Ms?: number;
  readonly t2Ms?: number;
  readonly t4Ms?: number;
  /** 0: INVITE is answered 100 at once. Default 200. */
  readonly tryingMs?: number;
}

export function createTransactionTimers(settings: TimerSettings = {}): TransactionTimers {
  const t1Ms = settings.t1Ms ?? 500;
  const t2Ms = settings.t2Ms ?? 4_000;
  const timeoutMs = 64 * t1Ms;
  return {
    t1Ms,
    t2Ms,
    t4Ms: settings.t4Ms ?? 5_000,
    timeoutMs,
    dMs: Math.max(32_000, timeoutMs),
    tryingMs: settings.tryingMs ?? 200,
    nonInviteTryingMs: untilTimerEReachesT2(t1Ms, t2Ms),
  };
}

function untilTimerEReachesT2(t1Ms: number, t2Ms: number): number {
  let elapsedMs = 0;
  for (let intervalMs = t1Ms; intervalMs < t2Ms; intervalMs *= 2) elapsedMs += intervalMs;
  return elapsedMs;
}
