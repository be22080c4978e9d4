/** What a phone watches of others and publishes of itself (RFC 6665, RFC 3903). */
import { EventAgent } from '../event/event-agent.ts';
import type { Authenticate, EventAgentOptions } from '../event/event-port.ts';
import { conferenceInfoType, dialogInfoType, messageSummaryType, pidfType, reginfoType } from '../event/state/index.ts';
import type { SubscriberUser } from '../event/subscription.ts';
import type { HeaderPair, SessionBody } from '../session/session-bodies.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import type { Target } from '../transport/flow.ts';
import { PhonePublications } from './phone-publications.ts';
import { PhoneSubscription } from './phone-subscription.ts';

export interface PhoneSubscribeOptions {
  /** Media types of the state. Default: what the package has. */
  readonly accept?: readonly string[];
  /** Asked for by each SUBSCRIBE, seconds. Default 600; 0: the state once. */
  readonly expiresSec?: number;
  /** Unsubscribes. */
  readonly signal?: AbortSignal;
  /** Of the event, where one dialog has several. */
  readonly id?: string;
  /** Whether it is begun anew after an end that allows it. Default true, but for `expiresSec` 0. */
  readonly isKept?: boolean;
}

export interface PhoneEventsOptions
  extends Pick<EventAgentOptions, 'clock' | 'random' | 'transactions' | 'flowTo' | 'isOpen' | 'contact'> {
  readonly target: Target;
  /** The way that SUBSCRIBE goes now: where we are registered, by the Service-Route. */
  readonly way: () => { readonly target: Target; readonly route: readonly string[] };
  readonly post: (task: () => void) => void;
  /** Our address of record, as name-addr. */
  readonly own: () => string;
  readonly authenticate: Authenticate;
  readonly headers: readonly HeaderPair[];
}

/** What a package's state comes as. */
const typesOf: ReadonlyMap<string, readonly string[]> = new Map([
  ['presence', [pidfType]],
  ['dialog', [dialogInfoType]],
  ['message-summary', [messageSummaryType]],
  ['reg', [reginfoType]],
  ['conference', [conferenceInfoType]],
]);

export class PhoneEvents {
  readonly #options: PhoneEventsOptions;
  /** Subscriptions in the dialogs of calls are made with it. */
  readonly agent: EventAgent;
  readonly #publications: PhonePublications;

  constructor(options: PhoneEventsOptions) {
    this.#options = options;
    this.agent = new EventAgent({ ...options, packages: [...typesOf.keys(), 'refer'] });
    this.#publications = new PhonePublications(options);
  }

  /** False: it is for no subscription. */
  receive(transaction: ServerTransaction): boolean {
    return this.agent.receive(transaction);
  }

  subscribe(event: string, uri: string, options: PhoneSubscribeOptions): PhoneSubscription {
    const { accept = typesOf.get(event) ?? [], expiresSec = 600, id, signal, isKept = expiresSec > 0 } = options;
    const { clock, post, own, way, authenticate } = this.#options;
    const wanted = { event: { package: event, id }, uri, to: `<${uri}>`, expiresSec, accept, authenticate };
    const begin = (user: SubscriberUser) => this.agent.subscribe({ ...wanted, ...way(), from: own() }, user);
    return new PhoneSubscription({ clock, post, begin, signal, isKept });
  }

  publish(event: string, body: SessionBody | null, expiresSec: number): Promise<number> {
    return this.#publications.publish(event, body, expiresSec);
  }
}
