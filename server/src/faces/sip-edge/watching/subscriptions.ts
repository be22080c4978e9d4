/**
 * SUBSCRIBE and PUBLISH at the server (RFC 6665, RFC 3903): from users of ours, about users of their tenant, for the packages that are shown here. What stands is kept in the log, so that a process that
 * takes over goes on with it (docs/adr/0024).
 */
import {
  type AcceptedSubscribe,
  admitSubscribe,
  buildResponse,
  EventAgent,
  type EventAgentOptions,
  type PackagePolicy,
  type ServedSnapshot,
  type ServerTransaction,
} from '@ringdown/sip';
import type { Presence, StoredSubscription, SubscriptionLog, Watched, Watcher } from '#services/presence';
import { contactUri } from '../addresses.ts';
import { admitOrigin, type IncomingOptions } from '../incoming.ts';
import type { PhoneWays } from '../phone-ways.ts';
import { type DialogNameOf, dialogPackage } from './dialog-package.ts';
import type { EventPackage } from './event-package.ts';
import { messageSummaryPackage } from './message-summary-package.ts';
import { nameIn } from './name-in.ts';
import { presencePackage } from './presence-package.ts';
import { Publishing } from './publishing.ts';
import { regPackage } from './reg-package.ts';
import { Watch, type WatchParts } from './watch.ts';

export interface SubscriptionsOptions
  extends IncomingOptions,
    Pick<EventAgentOptions, 'clock' | 'random' | 'transactions' | 'flowTo' | 'isOpen'> {
  readonly presence: Presence;
  readonly log: SubscriptionLog;
  readonly userAgent: string;
  readonly dialogNameOf: DialogNameOf;
  readonly ways: Pick<PhoneWays, 'again' | 'nextHop' | 'registeredOver'>;
}

/** After a restart the states are told within this, and a second more for each hundred subscriptions. */
const tellWithinMs = 2_000;
const tellEachMs = 10;

export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #events: EventAgent;
  readonly #publishing: Publishing;
  readonly #packages: ReadonlyMap<string, EventPackage>;
  readonly #policies: ReadonlyMap<string, PackagePolicy>;
  readonly #watches = new Map<string, Watch>();
  /** Since the log was last written. */
  readonly #changed = new Set<string>();

  constructor(options: SubscriptionsOptions) {
    const { presence, userAgent } = options;
    this.#options = options;
    this.#publishing = new Publishing(options);
    this.#packages = new Map([
      ['presence', presencePackage(presence, this.#publishing)],
      ['dialog', dialogPackage(presence, options.dialogNameOf)],
      ['message-summary', messageSummaryPackage(presence)],
      ['reg', regPackage(presence)],
    ]);
    this.#policies = new Map([...this.#packages].map(([name, { policy }]) => [name, policy]));
    this.#events = new EventAgent({
      ...options,
      contact: contactUri,
      nextHop: (uri, flow) => options.ways.nextHop(uri, flow),
      headers: [['User-Agent', userAgent]],
      packages: [...this.#packages.keys()],
    });
  }

  /** Value of Allow-Events. */
  get packages(): string {
    return [...this.#packages.keys()].join(', ');
  }

  get count(): number {
    return this.#watches.size;
  }

  /** SUBSCRIBE, NOTIFY and PUBLISH that no call took. */
  receive(transaction: ServerTransaction): void {
    if (this.#events.receive(transaction)) return;
    if (transaction.method === 'SUBSCRIBE') this.#subscribe(transaction);
    else if (transaction.method === 'PUBLISH') this.#publishing.receive(transaction);
    // RFC 6665 §4.1.3: nobody asked for it.
    else transaction.respond(buildResponse(transaction.request, 481));
  }

  /** Writes what has changed to the log; call it before anything is sent. */
  record(): void {
    if (this.#changed.size === 0) return;
    const { log } = this.#options;
    const rows = [...this.#changed].map((key) => this.#rowOf(key));
    this.#changed.clear();
    log.append(rows);
    if (log.isGrown) this.#writeAnew();
  }

  /** Goes on with what an earlier process left; once, before the first message. */
  restore(): void {
    const { log, clock, random } = this.#options;
    const rows = new Map(log.read().map((row) => [row.key, row.state]));
    for (const [key, state] of rows) if (state !== null) this.#restore(key, state);
    const withinMs = tellWithinMs + this.#watches.size * tellEachMs;
    for (const { served } of this.#watches.values())
      clock.arm(random.integer(withinMs), { onTimer: () => served?.tell() }, 0);
    this.#writeAnew();
  }

  #subscribe(transaction: ServerTransaction): void {
    const { request } = transaction;
    const origin = admitOrigin(this.#options, transaction);
    if (origin === undefined) return;
    const refuse = (status: number, reason?: string): void =>
      transaction.respond(buildResponse(request, status, reason === undefined ? {} : { reason }));
    if (origin.origin.kind !== 'user') {
      refuse(403);
      return;
    }
    const read = admitSubscribe(request, this.#policies);
    if ('status' in read) {
      transaction.respond(buildResponse(request, read.status, { headers: read.headers }));
      return;
    }
    const { presence } = this.#options;
    const watched = presence.find(origin.tenantId, nameIn(request));
    const watcher = { tenant: origin.tenantId, user: origin.origin.userId };
    const shown = this.#packages.get(read.event.package.toLowerCase());
    if (watched === undefined || shown === undefined) refuse(404);
    else if (!presence.mayWatch(watcher, watched, shown.aspect)) refuse(403, 'Not Yours To Watch');
    else this.#serve(transaction, { read, shown, watcher, watched });
  }

  #serve(
    transaction: ServerTransaction,
    asked: {
      readonly read: AcceptedSubscribe;
      readonly shown: EventPackage;
      readonly watcher: Watcher;
      readonly watched: Watched;
    },
  ): void {
    const { read, shown, watcher, watched } = asked;
    const registered = this.#options.ways.registeredOver(transaction.flow);
    const key = this.#options.random.token(20);
    const watch = this.#newWatch(shown, { key, watcher, watched, version: 0, registered });
    if (watch === undefined) {
      transaction.respond(buildResponse(transaction.request, 403, { reason: 'Too Many Subscriptions' }));
      return;
    }
    const { policy, paceMs } = shown;
    watch.served = this.#events.serve(transaction, { ...read, policy, paceMs, user: watch });
    this.#keep(watch);
  }

  #restore(key: string, state: NonNullable<StoredSubscription['state']>): void {
    const { tenant, aor, version } = state;
    const { snapshot, registered } = state.dialog as { snapshot: ServedSnapshot; registered: string | null };
    const shown = this.#packages.get(snapshot.event.package.toLowerCase());
    const watcher = { tenant, user: state.watcher };
    const watched = { tenant, user: state.watched, aor };
    if (shown === undefined || !this.#options.presence.mayWatch(watcher, watched, shown.aspect)) return;
    const watch = this.#newWatch(shown, { key, watcher, watched, version, registered });
    if (watch === undefined) return;
    const { policy, paceMs } = shown;
    const address = snapshot.flow.local.address;
    const flow = this.#options.ways.again(snapshot.flow, { address, registered });
    const served = this.#events.restore(snapshot, flow, { policy, paceMs, user: watch });
    watch.served = served ?? null;
    if (served === undefined) watch.onEnded();
    else this.#keep(watch);
  }

  /** Undefined: there is no room. */
  #newWatch(
    shown: EventPackage,
    of: Pick<WatchParts, 'key' | 'watcher' | 'watched' | 'version' | 'registered'>,
  ): Watch | undefined {
    const { tenant, user } = of.watcher;
    const giveBack = this.#options.presence.quotas.take(tenant, user);
    if (giveBack === undefined) return undefined;
    const { watched, version } = of;
    return new Watch({
      ...of,
      events: this.#events,
      openView: (watch) => {
        const changed = (): void => watch.served?.changed();
        return shown.open({ watched, version, changed, mayTake: () => this.#mayTake(of) });
      },
      onChanged: (watch) => void this.#changed.add(watch.key),
      onOver: (watch) => {
        giveBack();
        this.#changed.add(watch.key);
        this.#watches.delete(watch.key);
      },
    });
  }

  /** As `placeForbidden` of #services/calling decides it. */
  #mayTake({ watcher, watched }: Pick<WatchParts, 'watcher' | 'watched'>): 'none' | 'ringing' | 'all' {
    if (watcher.user === watched.user) return 'all';
    return this.#options.directory.tenant(watched.tenant)?.body.pickUp === 'anyone' ? 'ringing' : 'none';
  }

  #keep(watch: Watch): void {
    this.#watches.set(watch.key, watch);
    this.#changed.add(watch.key);
  }

  #rowOf(key: string): StoredSubscription {
    return { key, state: this.#watches.get(key)?.stored() ?? null };
  }

  #writeAnew(): void {
    const { log } = this.#options;
    this.#changed.clear();
    log.cut();
    const rows = [...this.#watches.keys()].map((key) => this.#rowOf(key));
    if (rows.length > 0) log.append(rows);
    log.forget();
  }
}
