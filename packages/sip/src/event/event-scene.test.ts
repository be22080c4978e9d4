/** Places with subscriptions on the virtual network: one that watches, one that shows, one that the test plays by hand. */
import {
  admitSubscribe,
  buildRequest,
  buildResponse,
  EventAgent,
  type EventName,
  type Notification,
  type PackagePolicy,
  type ServedEnd,
  type ServedSubscription,
  type ServeOptions,
  type ServerTransaction,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionEnd,
} from '@ringdown/sip';
import { SeededRandom, textBody, VirtualAgent, VirtualClock, VirtualNetwork } from '@ringdown/testkit';

export const policy: PackagePolicy = { defaultSec: 3_600, leastSec: 60, mostSec: 7_200, types: ['text/plain'] };
export const presence: EventName = { package: 'presence' };

/** Subscribes and serves, and writes down what it is told. */
export class EventPlace {
  readonly agent: VirtualAgent;
  readonly events: EventAgent;
  readonly notified: Notification[] = [];
  readonly ended: SubscriptionEnd[] = [];
  readonly failed: SubscriptionEnd[] = [];
  readonly served: ServedSubscription[] = [];
  readonly servedEnds: ServedEnd[] = [];
  subscription: Subscription | undefined;
  accepted = 0;
  refreshed = 0;
  /** The state that it shows. */
  shows = 'one';
  /** How many are told in full. */
  fulls = 0;
  /** How it takes a SUBSCRIBE. */
  serve: Partial<ServeOptions> = {};

  /** @param where an address, or who is there already. */
  constructor(network: VirtualNetwork, name: string, where: string | VirtualAgent) {
    this.agent = typeof where === 'string' ? new VirtualAgent(network, name, where) : where;
    const { host, layer } = this.agent;
    this.events = new EventAgent({
      clock: network.clock,
      random: new SeededRandom(name.charCodeAt(0)),
      transactions: layer,
      flowTo: (target) => host.flowTo(target),
      isOpen: (flow) => host.isOpen(flow),
      contact: (flow) => `sip:${name}@${flow.advertised.host}:${flow.advertised.port}`,
      packages: ['presence', 'dialog'],
      nowUtcMs: () => network.clock.utcMs(),
    });
    this.agent.answer = (transaction) => this.#answer(transaction);
  }

  subscribe(to: VirtualAgent, more: Partial<SubscribeOptions> = {}) {
    const wanted: SubscribeOptions = {
      event: presence,
      uri: `sip:${to.name}@${to.address}`,
      from: `<sip:${this.agent.name}@example.com>`,
      to: `<sip:${to.name}@example.com>`,
      target: to.target(),
      expiresSec: 600,
      ...more,
    };
    return this.events.subscribe(wanted, this);
  }

  onAccepted(): void {
    this.accepted += 1;
  }

  onNotify(subscription: Subscription, notification: Notification): void {
    this.subscription = subscription;
    this.notified.push(notification);
  }

  onFailed(end: SubscriptionEnd): void {
    this.failed.push(end);
  }

  onEnded(of: Subscription | ServedSubscription, end: SubscriptionEnd | ServedEnd): void {
    if (this.served.includes(of as ServedSubscription)) this.servedEnds.push(end as ServedEnd);
    else this.ended.push(end as SubscriptionEnd);
  }

  onRefreshed(): void {
    this.refreshed += 1;
  }

  compose(_served: ServedSubscription, isFull: boolean) {
    if (isFull) this.fulls += 1;
    return textBody(`${isFull ? 'all ' : ''}${this.shows}`, 'text/plain');
  }

  /** What the NOTIFYs said, "active all one". */
  get said(): string[] {
    return this.notified.map(({ state, body }) => `${state} ${String.fromCharCode(...(body?.bytes ?? []))}`.trim());
  }

  #answer(transaction: ServerTransaction): void {
    if (this.events.receive(transaction)) return;
    const { request } = transaction;
    if (request.method !== 'SUBSCRIBE') {
      transaction.respond(buildResponse(request, 481));
      return;
    }
    const read = admitSubscribe(request, new Map([['presence', policy]]));
    if ('status' in read) transaction.respond(buildResponse(request, read.status, { headers: read.headers }));
    else this.served.push(this.events.serve(transaction, { ...read, policy, user: this, ...this.serve }));
  }
}

export interface EventScene {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly watcher: EventPlace;
  readonly shower: EventPlace;
}

export function watcherAndShower(seed = 7): EventScene {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed });
  const watcher = new EventPlace(network, 'watcher', '192.0.2.1');
  const shower = new EventPlace(network, 'shower', '192.0.2.2');
  return { clock, network, watcher, shower };
}

/** A watcher before a notifier that the test plays. */
export function watcherAndFar() {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 7 });
  const watcher = new EventPlace(network, 'watcher', '192.0.2.1');
  const far = new VirtualAgent(network, 'far', '192.0.2.9');
  /** NOTIFY in the dialog that `tag` names; its status. */
  const notify = (
    subscribe: ServerTransaction,
    tag: string,
    state: string,
    more: { readonly seq?: number; readonly event?: string; readonly body?: string; readonly type?: string } = {},
  ): number => {
    const { request } = subscribe;
    const headers: (readonly [string, string])[] = [
      ['Max-Forwards', '70'],
      ['From', `${request.header('To') ?? ''}${request.to.tag === undefined ? `;tag=${tag}` : ''}`],
      ['To', request.header('From') ?? ''],
      ['Call-ID', request.callId],
      ['CSeq', `${more.seq ?? 1} NOTIFY`],
      ['Contact', `<sip:${tag}@192.0.2.9>`],
      ['Event', more.event ?? 'presence'],
    ];
    if (state !== '') headers.push(['Subscription-State', state]);
    if (more.body !== undefined) headers.push(['Content-Type', more.type ?? 'text/plain']);
    const record = far.send(
      buildRequest({ method: 'NOTIFY', uri: 'sip:watcher@192.0.2.1:5060', headers, body: more.body }),
      watcher.agent.target(),
    );
    clock.advance(100);
    return record.statuses.at(-1) ?? 0;
  };
  return { clock, network, watcher, far, notify };
}
