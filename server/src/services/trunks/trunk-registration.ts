/**
 * Our registration with a trunk's registrar (RFC 3261 §10.2) as data: a state, an input, the next state and what to do. Sending,
 * digest and the clock are the caller's. Waiting after failures grows as RFC 5626 §4.5 says. Leaves out: several flows.
 *
 *   idle --start--> trying --200--> registered --due--> trying
 *                     |  `--401/407 first time--> trying (with credentials)
 *                     `--anything else--> waiting --due--> trying
 */

export interface RegistrationState {
  readonly phase: 'idle' | 'trying' | 'registered' | 'waiting';
  /** What we ask for; raised by a 423. */
  readonly expiresSec: number;
  /** The request under way answers the challenge that was seen last. */
  readonly withCredentials: boolean;
  /** In a row. */
  readonly failures: number;
  /** When to act next, monotonic; Infinity: on input only. */
  readonly dueAtMs: number;
  /** Until when the registrar keeps us, monotonic; 0: not registered. */
  readonly registeredUntilMs: number;
  /** Why it does not work, for people; empty when it does. */
  readonly trouble: string;
}

export type RegistrationInput =
  | { readonly kind: 'start' }
  | { readonly kind: 'due' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'no-answer'; readonly why: string }
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly reason: string;
      /** What the registrar granted for our contact. */
      readonly expiresSec?: number;
      readonly minExpiresSec?: number;
      readonly retryAfterSec?: number;
      /** The challenge says stale=true: our password is right, the nonce was old. */
      readonly stale?: boolean;
    };

/** What the sender shall do. */
export type RegistrationAction = { readonly expiresSec: number; readonly withCredentials: boolean } | undefined;

export interface RegistrationStep {
  readonly state: RegistrationState;
  readonly send: RegistrationAction;
}

export interface RegistrationSettings {
  readonly expiresSec: number;
  readonly hasCredentials: boolean;
}

const firstWaitSec = 30;
const longestWaitSec = 1_800;

export function idleRegistration(settings: RegistrationSettings): RegistrationState {
  return {
    phase: 'idle',
    expiresSec: settings.expiresSec,
    withCredentials: false,
    failures: 0,
    dueAtMs: Infinity,
    registeredUntilMs: 0,
    trouble: '',
  };
}

/** `chance` in [0, 1) spreads many trunks' waits. */
export function stepRegistration(
  state: RegistrationState,
  input: RegistrationInput,
  context: { readonly settings: RegistrationSettings; readonly nowMs: number; readonly chance: number },
): RegistrationStep {
  switch (input.kind) {
    case 'start':
      return state.phase === 'idle' ? send(state, false) : { state, send: undefined };
    case 'due':
      return state.dueAtMs <= context.nowMs && state.phase !== 'trying'
        ? send(state, false)
        : { state, send: undefined };
    case 'stop': {
      const registered = state.registeredUntilMs > context.nowMs;
      const unregister = { expiresSec: 0, withCredentials: context.settings.hasCredentials };
      return { state: idleRegistration(context.settings), send: registered ? unregister : undefined };
    }
    case 'no-answer':
      return state.phase === 'trying' ? wait(state, context, input.why) : { state, send: undefined };
    case 'answer':
      return state.phase === 'trying' ? answered(state, input, context) : { state, send: undefined };
  }
}

type Context = Parameters<typeof stepRegistration>[2];

function send(state: RegistrationState, withCredentials: boolean): RegistrationStep {
  const next: RegistrationState = { ...state, phase: 'trying', withCredentials, dueAtMs: Infinity };
  return { state: next, send: { expiresSec: next.expiresSec, withCredentials } };
}

function answered(
  state: RegistrationState,
  answer: RegistrationInput & { kind: 'answer' },
  context: Context,
): RegistrationStep {
  const { status, reason } = answer;
  if (status < 200) return { state, send: undefined };
  if (status < 300) return registered(state, answer, context);
  if (status === 401 || status === 407) {
    const mayAnswer = context.settings.hasCredentials && (!state.withCredentials || answer.stale === true);
    if (mayAnswer) return send(state, true);
    const why = context.settings.hasCredentials
      ? 'username or password refused'
      : 'credentials are asked for, none are set';
    return wait(state, context, `${status} ${reason}: ${why}`);
  }
  // RFC 3261 §10.2.8: once more with the registrar's minimum.
  if (status === 423 && answer.minExpiresSec !== undefined && answer.minExpiresSec > state.expiresSec) {
    return send({ ...state, expiresSec: answer.minExpiresSec }, false);
  }
  return wait(state, context, `${status} ${reason}`, answer.retryAfterSec);
}

function registered(
  state: RegistrationState,
  answer: RegistrationInput & { kind: 'answer' },
  { nowMs, chance }: Context,
): RegistrationStep {
  const grantedSec = answer.expiresSec ?? state.expiresSec;
  // Early enough for a second try: half of a short time, a minute or so before the end of a long one.
  const refreshSec = grantedSec > 180 ? grantedSec - 60 - chance * 30 : grantedSec / 2;
  return {
    state: {
      ...state,
      phase: 'registered',
      failures: 0,
      dueAtMs: nowMs + refreshSec * 1_000,
      registeredUntilMs: nowMs + grantedSec * 1_000,
      trouble: '',
    },
    send: undefined,
  };
}

/** RFC 5626 §4.5: between half and all of a bound that doubles with each failure; a Retry-After is kept. */
function wait(
  state: RegistrationState,
  { nowMs, chance }: Context,
  trouble: string,
  retryAfterSec = 0,
): RegistrationStep {
  const failures = state.failures + 1;
  const boundSec = Math.min(longestWaitSec, firstWaitSec * 2 ** Math.min(failures - 1, 10));
  const waitSec = Math.max(boundSec * (0.5 + chance / 2), retryAfterSec);
  return {
    state: { ...state, phase: 'waiting', failures, dueAtMs: nowMs + waitSec * 1_000, trouble },
    send: undefined,
  };
}
