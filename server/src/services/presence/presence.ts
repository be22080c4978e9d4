/**
 * Who may watch whom, and what there is to see: calls (busy lamps), registrations, what phones published. State in plain words; the edge makes documents and messages of it
 * (docs/adr/0024).
 */
import type { EventBus } from '#base/events';
import type { TenantId, UserId } from '#base/ids';
import type { CallState } from '#engine/calls';
import type { DirectoryViews } from '#services/directory';
import { type RegisteredContact, type Registrar, registrationChanged } from '#services/registrar';
import { Lamps } from './lamps.ts';
import { Quotas, type WatchLimits } from './quotas.ts';

/** What of a user is watched. */
export type Aspect = 'dialog' | 'presence' | 'reg' | 'message-summary';

/** Whose state it is. */
export interface Watched {
  readonly tenant: TenantId;
  readonly user: UserId;
  /** The canonical address that was asked for. */
  readonly aor: string;
}

export interface Watcher {
  readonly tenant: TenantId;
  readonly user: UserId;
}

export interface MessageCount {
  readonly new: number;
  readonly old: number;
}

export interface PresencePorts {
  readonly directory: DirectoryViews;
  readonly registrar: Pick<Registrar, 'lookup' | 'contactsOf'>;
  readonly bus: EventBus;
  readonly calls: () => Iterable<CallState>;
  /** Messages of a mailbox; absent: there are no mailboxes yet, so none. */
  readonly messages?: (tenant: TenantId, user: UserId) => MessageCount;
}

/** A contact came or went, and why. */
export type RegistrationChange = NonNullable<(typeof registrationChanged)['dataShape']>;

type OnRegistration = (change: RegistrationChange) => void;

export interface Presence {
  readonly lamps: Lamps;
  readonly quotas: Quotas;
  /** Undefined: there is nobody of that name in the tenant. */
  find(tenant: TenantId, name: { readonly user: string; readonly host: string }): Watched | undefined;
  /** Users of a tenant see each other's calls and presence, unless the tenant says otherwise; registrations and messages are for their owner. */
  mayWatch(watcher: Watcher, watched: Watched, aspect: Aspect): boolean;
  registrations(watched: Watched): readonly RegisteredContact[];
  /** Told when contacts of that address come and go. Returns how to stop. */
  watchRegistrations(watched: Watched, onChange: OnRegistration): () => void;
  messages(watched: Watched): MessageCount;
}

export function createPresence(ports: PresencePorts, limits: WatchLimits): Presence {
  return new MemoryPresence(ports, limits);
}

class MemoryPresence implements Presence {
  readonly lamps: Lamps;
  readonly quotas: Quotas;
  readonly #ports: PresencePorts;
  readonly #registrationWatchers = new Map<string, Set<OnRegistration>>();

  constructor(ports: PresencePorts, limits: WatchLimits) {
    this.#ports = ports;
    this.lamps = new Lamps(ports);
    this.quotas = new Quotas(limits);
    ports.bus.on(registrationChanged, ({ tenant, data }) => {
      for (const onChange of [...(this.#registrationWatchers.get(`${tenant} ${data.aor}`) ?? [])]) onChange(data);
    });
  }

  find(tenant: TenantId, name: { readonly user: string; readonly host: string }): Watched | undefined {
    const { directory } = this.#ports;
    const owner = directory.findAddress(name.user, name.host);
    if (owner !== undefined) return owner.tenant === tenant ? owner : undefined;
    const number = directory.findNumber(tenant, name.user)?.body.destination;
    const extension = directory.findUser(tenant, name.user)?.id as UserId | undefined;
    const user = number?.to === 'user' ? number.user : extension;
    const [aor] = user === undefined ? [] : directory.addressesOf(tenant, user);
    return user === undefined || aor === undefined ? undefined : { tenant, user, aor };
  }

  mayWatch(watcher: Watcher, watched: Watched, aspect: Aspect): boolean {
    if (watcher.tenant !== watched.tenant) return false;
    if (watcher.user === watched.user) return true;
    if (aspect === 'reg' || aspect === 'message-summary') return false;
    return this.#ports.directory.tenant(watched.tenant)?.body.watching !== 'own';
  }

  registrations({ tenant, aor }: Watched): readonly RegisteredContact[] {
    return this.#ports.registrar.contactsOf(tenant, aor);
  }

  watchRegistrations({ tenant, aor }: Watched, onChange: OnRegistration): () => void {
    const key = `${tenant} ${aor}`;
    const watchers = this.#registrationWatchers.get(key) ?? new Set<OnRegistration>();
    watchers.add(onChange);
    this.#registrationWatchers.set(key, watchers);
    return () => {
      watchers.delete(onChange);
      if (watchers.size === 0) this.#registrationWatchers.delete(key);
    };
  }

  messages({ tenant, user }: Watched): MessageCount {
    return this.#ports.messages?.(tenant, user) ?? { new: 0, old: 0 };
  }
}
