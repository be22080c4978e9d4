/**
 * What is known of our registration with a trunk's registrar, as data. Registering, refreshing and trying again are the SIP edge's; it says what becomes of them.
 *
 *   idle --kept--> trying --taken--> registered --refresh--> trying
 *                    `--refused--> waiting --again--> trying
 */

export interface TrunkRegistration {
  readonly phase: 'idle' | 'trying' | 'registered' | 'waiting';
  /** Until when the registrar keeps us, monotonic; 0: not registered. */
  readonly registeredUntilMs: number;
  /** Why it does not work, for people; empty when it does. */
  readonly trouble: string;
}

export type RegistrationNews =
  | { readonly kind: 'trying' }
  | { readonly kind: 'taken'; readonly expiresSec: number }
  | { readonly kind: 'failed'; readonly why: string };

export const idleRegistration: TrunkRegistration = { phase: 'idle', registeredUntilMs: 0, trouble: '' };

export function stepRegistration(state: TrunkRegistration, news: RegistrationNews, nowMs: number): TrunkRegistration {
  switch (news.kind) {
    case 'trying':
      return { ...state, phase: 'trying' };
    case 'taken':
      return { phase: 'registered', registeredUntilMs: nowMs + news.expiresSec * 1_000, trouble: '' };
    case 'failed':
      return { ...state, phase: 'waiting', trouble: news.why };
  }
}
