/**
 * The registrar: where each AOR is reached at the moment. Answers at once from memory; a change is in the log before its answer leaves, and is saved
 * behind the call, so a restart finds the phones again. Expiry runs on the monotonic clock.
 */
import type { TimeSource } from '#base/clock';
import { type EventBus, type EventSource, eventType } from '#base/events';
import type { TenantId } from '#base/ids';
import {
  type ApplyOutcome,
  applyRegister,
  type BindingChange,
  doesSleep,
  orderBindings,
  type RegisterPolicy,
} from './apply-register.ts';
import type { Binding, BindingFlow, RegisterRequest } from './binding.ts';
import { BindingSaver } from './binding-saver.ts';
import { type AorEntry, type BindingTable, createBindingTable } from './binding-table.ts';
import type { BindingLoader, BindingLog, BindingStore, StoredBindingSet } from './ports.ts';
import { fromStored } from './stored-binding.ts';

/** A contact came, went or was lost; refreshes are not told. */
export const registrationChanged = eventType<{
  readonly aor: string;
  readonly contact: string;
  readonly userAgent: string;
  readonly device: string;
  readonly what: 'registered' | 'removed' | 'displaced' | 'expired' | 'flow-closed';
  /** Contacts that the AOR has now. */
  readonly contacts: number;
}>()('registration.changed', 'transient');

/** One line of the 200's Contact list. */
export interface RegisteredContact {
  readonly binding: Binding;
  /** What is left of it. */
  readonly expiresSec: number;
}

export type RegisterOutcome =
  | {
      readonly kind: 'ok';
      readonly bindings: readonly RegisteredContact[];
      /** The flow should see something from us this often, or the NAT in front of the phone closes. */
      readonly keepAliveSec?: number;
    }
  | Exclude<ApplyOutcome, { kind: 'ok' }>;

export interface Registrar {
  register(request: RegisterRequest): RegisterOutcome;
  /** Live bindings, highest q first, then the latest. Empty when nobody is registered. */
  lookup(tenant: TenantId, aor: string): readonly Binding[];
  /** The same with what is left of each; for who watches, not for calls. */
  contactsOf(tenant: TenantId, aor: string): readonly RegisteredContact[];
  /** The AOR does not exist any more (its user was deleted): nobody is reached there from now on. */
  forget(tenant: TenantId, aor: string): void;
  /** A connection closed: whoever is only reached through it is gone (RFC 5626 §5.3), others lose the short cut. */
  flowClosed(flowId: number): void;
  /** Writes what has changed to the log; call it before anything is sent. */
  record(): void;
  /** Removes what is due, and gives the store what has changed; call it about once a second. Returns how many expired. */
  expire(): number;
  /** Reads what an earlier process left; once, before the first REGISTER. */
  load(): Promise<void>;
  /** After `load`, the ways that the process before knew: `remake` gives the id of a flow made again, undefined where that cannot be. */
  remakeFlows(remake: (flow: BindingFlow, kept: KeptBinding) => number | undefined): void;
  /** Resolves when everything so far is saved or has failed once. */
  flush(): Promise<void>;
  /** Every live binding of a tenant, by AOR: for lists, not for calls. */
  list(tenant: TenantId): readonly { readonly aor: string; readonly bindings: readonly RegisteredContact[] }[];
  readonly bindingCount: number;
}

export interface KeptBinding {
  /** What is left of it. */
  readonly expiresSec: number;
  /** See {@link RegisterOutcome}; 0: nothing needs to be kept open. */
  readonly keepAliveSec: number;
  readonly contact: string;
}

export interface RegistrarOptions {
  readonly policy: RegisterPolicy;
  readonly store: BindingStore & BindingLoader;
  readonly log: BindingLog;
  readonly time: TimeSource;
  readonly bus: EventBus;
  readonly events: EventSource;
  /** So many AORs could not be saved; that will be repeated. */
  readonly onSaveFailed: (error: unknown, count: number) => void;
}

const natUdpKeepAliveSec = 25;
const natStreamKeepAliveSec = 90;
const loadPage = 1_000;

export function createRegistrar(options: RegistrarOptions): Registrar {
  return new MemoryRegistrar(options);
}

class MemoryRegistrar implements Registrar {
  readonly #options: RegistrarOptions;
  readonly #table: BindingTable;
  readonly #saver: BindingSaver;

  constructor(options: RegistrarOptions) {
    this.#options = options;
    this.#table = createBindingTable();
    this.#saver = new BindingSaver({ ...options, table: this.#table });
  }

  get bindingCount(): number {
    return this.#table.bindingCount;
  }

  register(request: RegisterRequest): RegisterOutcome {
    const { time, policy } = this.#options;
    const moment = { nowMs: time.nowMs(), nowUtcMs: time.nowUtcMs() };
    const standing = this.#table.get(request.tenant, request.aor)?.bindings ?? [];
    const outcome = applyRegister(standing, request, policy, moment);
    if (outcome.kind !== 'ok') return outcome;
    let { bindings: left } = outcome;
    if (outcome.changes.length > 0) {
      const entry = this.#table.take(request.tenant, request.aor);
      this.#replace(entry, outcome.bindings);
      for (const change of outcome.changes) this.#tell(entry, change.binding, change.what);
      // Those of the table: they hold no message.
      left = entry.bindings;
    }
    const { flow, nat } = request;
    const bindings = remaining(left, moment.nowMs);
    const wantsKeepAlive = nat === true && flow !== undefined && bindings.length > 0;
    return { kind: 'ok', bindings, ...(wantsKeepAlive ? { keepAliveSec: keepAliveSecOf(flow) } : {}) };
  }

  lookup(tenant: TenantId, aor: string): readonly Binding[] {
    return live(this.#table.get(tenant, aor), this.#options.time.nowMs());
  }

  contactsOf(tenant: TenantId, aor: string): readonly RegisteredContact[] {
    const nowMs = this.#options.time.nowMs();
    return remaining(live(this.#table.get(tenant, aor), nowMs), nowMs);
  }

  forget(tenant: TenantId, aor: string): void {
    const entry = this.#table.get(tenant, aor);
    if (entry === undefined) return;
    const gone = entry.bindings;
    this.#replace(entry, []);
    for (const binding of gone) this.#tell(entry, binding, 'removed');
  }

  flowClosed(flowId: number): void {
    for (const entry of this.#table.onFlow(flowId)) {
      const lost = entry.bindings.filter(
        ({ flow, nat, regId, contact }) =>
          flow?.id === flowId && (nat || regId > 0) && !doesSleep(contact, this.#options.policy),
      );
      const left = entry.bindings.filter((binding) => !lost.includes(binding));
      this.#replace(
        entry,
        left.map((binding) => withoutFlow(binding, flowId)),
      );
      for (const binding of lost) this.#tell(entry, binding, 'flow-closed');
    }
  }

  record(): void {
    this.#saver.record();
  }

  expire(): number {
    const nowMs = this.#options.time.nowMs();
    let expired = 0;
    for (const entry of this.#table.due(nowMs)) {
      const gone = entry.bindings.filter((binding) => binding.expiresAtMs <= nowMs);
      // Also when nothing is gone: the table then looks at the entry again when its next deadline is due.
      this.#table.set(entry, live(entry, nowMs));
      if (gone.length === 0) continue;
      expired += gone.length;
      this.#saver.changed(entry);
      for (const binding of gone) this.#tell(entry, binding, 'expired');
    }
    this.#saver.save();
    return expired;
  }

  async load(): Promise<void> {
    const { store, log } = this.#options;
    let page = await store.load({ limit: loadPage });
    while (page.length > 0) {
      for (const set of page) this.#restore(set);
      const last = page.at(-1);
      if (page.length < loadPage || last === undefined) break;
      page = await store.load({ after: { tenant: last.tenant, aor: last.aor }, limit: loadPage });
    }
    for (const set of log.read()) this.#saver.recovered(this.#restore(set));
  }

  remakeFlows(remake: (flow: BindingFlow, kept: KeptBinding) => number | undefined): void {
    const nowMs = this.#options.time.nowMs();
    for (const entry of this.#table.entries()) {
      const again = entry.bindings.map((binding) => {
        const { contact, flow, nat, expiresAtMs } = binding;
        if (flow === undefined || flow.id !== 0) return binding;
        const keepAliveSec = nat ? keepAliveSecOf(flow) : 0;
        const id = remake(flow, { expiresSec: Math.ceil((expiresAtMs - nowMs) / 1_000), keepAliveSec, contact });
        return id === undefined ? binding : { ...binding, flow: { ...flow, id } };
      });
      this.#table.set(entry, again);
    }
  }

  flush(): Promise<void> {
    return this.#saver.flush();
  }

  list(tenant: TenantId): ReturnType<Registrar['list']> {
    const nowMs = this.#options.time.nowMs();
    const all = [...this.#table.entries(tenant)].map((entry) => ({
      aor: entry.aor,
      bindings: remaining(live(entry, nowMs), nowMs),
    }));
    return all.filter((entry) => entry.bindings.length > 0).sort((a, b) => (a.aor < b.aor ? -1 : 1));
  }

  #replace(entry: AorEntry, bindings: readonly Binding[]): void {
    this.#table.set(entry, bindings);
    this.#saver.changed(entry);
  }

  #restore({ tenant, aor, bindings }: StoredBindingSet): AorEntry {
    const { time } = this.#options;
    const nowMs = time.nowMs();
    const alive = bindings.map((stored) => fromStored(stored, time)).filter((binding) => binding.expiresAtMs > nowMs);
    const entry = this.#table.take(tenant, aor);
    this.#table.set(entry, orderBindings(alive));
    if (alive.length < bindings.length) this.#saver.changed(entry);
    return entry;
  }

  #tell(entry: AorEntry, binding: Binding, what: BindingChange['what'] | 'expired' | 'flow-closed'): void {
    if (what === 'refreshed') return;
    const { bus, events } = this.#options;
    const { contact, userAgent, device } = binding;
    const data = { aor: entry.aor, contact, userAgent, device, what, contacts: entry.bindings.length };
    bus.publish(events.event(registrationChanged, { tenant: entry.tenant, data }));
  }
}

function keepAliveSecOf(flow: BindingFlow): number {
  return flow.kind === 'udp' ? natUdpKeepAliveSec : natStreamKeepAliveSec;
}

function remaining(bindings: readonly Binding[], nowMs: number): readonly RegisteredContact[] {
  return bindings.map((binding) => ({
    binding,
    expiresSec: Math.ceil(Math.round(binding.expiresAtMs - nowMs) / 1_000),
  }));
}

/** The same array when none has expired: a look-up then makes nothing. */
function live(entry: AorEntry | undefined, nowMs: number): readonly Binding[] {
  if (entry === undefined) return [];
  const { bindings } = entry;
  const all = bindings.every((binding) => binding.expiresAtMs > nowMs);
  return all ? bindings : bindings.filter((binding) => binding.expiresAtMs > nowMs);
}

function withoutFlow(binding: Binding, flowId: number): Binding {
  return binding.flow?.id === flowId ? { ...binding, flow: { ...binding.flow, id: 0 } } : binding;
}
