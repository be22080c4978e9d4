/**
 * The registrar: where each AOR is reached at the moment. Answers at once from memory; each change is saved behind the call, one
 * save per AOR at a time, so a restart finds the phones again. Expiry runs on the monotonic clock.
 */
import type { TimeSource } from '#base/clock';
import { type EventBus, type EventSource, eventType } from '#base/events';
import type { TenantId } from '#base/ids';
import {
  type ApplyOutcome,
  applyRegister,
  type BindingChange,
  orderBindings,
  type RegisterPolicy,
} from './apply-register.ts';
import type { Binding, RegisterRequest } from './binding.ts';
import { type AorEntry, createBindingTable } from './binding-table.ts';
import type { BindingLoader, BindingStore } from './ports.ts';
import { fromStored, toStored } from './stored-binding.ts';

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
  /** The AOR does not exist any more (its user was deleted): nobody is reached there from now on. */
  forget(tenant: TenantId, aor: string): void;
  /** A connection closed: whoever is only reached through it is gone (RFC 5626 §5.3), others lose the short cut. */
  flowClosed(flowId: number): void;
  /** Removes what is due and repeats failed saves; call it about once a second. Returns how many expired. */
  expire(): number;
  /** Reads what an earlier process saved; once, before the first REGISTER. */
  load(): Promise<void>;
  /** Resolves when everything so far is saved or has failed once. */
  flush(): Promise<void>;
  /** Every live binding of a tenant, by AOR: for lists, not for calls. */
  list(tenant: TenantId): readonly { readonly aor: string; readonly bindings: readonly RegisteredContact[] }[];
  readonly bindingCount: number;
}

export interface RegistrarOptions {
  readonly policy: RegisterPolicy;
  readonly store: BindingStore & BindingLoader;
  readonly time: TimeSource;
  readonly bus: EventBus;
  readonly events: EventSource;
  /** A save failed; it will be repeated. */
  readonly onSaveFailed: (error: unknown, aor: string) => void;
}

const natUdpKeepAliveSec = 25;
const natStreamKeepAliveSec = 90;
const loadPage = 1_000;

export function createRegistrar(options: RegistrarOptions): Registrar {
  const { policy, store, time, bus, events, onSaveFailed } = options;
  const table = createBindingTable();
  const saves = new Set<Promise<void>>();
  const unsaved = new Set<AorEntry>();

  function save(entry: AorEntry): void {
    if (entry.saving) {
      entry.dirty = true;
      return;
    }
    entry.saving = true;
    entry.dirty = false;
    unsaved.delete(entry);
    const stored = entry.bindings.map((binding) => toStored(binding, time));
    const done = store.save(entry.tenant, entry.aor, stored).then(
      () => saved(entry),
      (error: unknown) => {
        entry.saving = false;
        entry.dirty = true;
        unsaved.add(entry);
        onSaveFailed(error, entry.aor);
      },
    );
    saves.add(done);
    void done.then(() => saves.delete(done));
  }

  function saved(entry: AorEntry): void {
    entry.saving = false;
    if (entry.dirty) save(entry);
    else table.forget(entry);
  }

  function tell(entry: AorEntry, binding: Binding, what: BindingChange['what'] | 'expired' | 'flow-closed'): void {
    if (what === 'refreshed') return;
    const { contact, userAgent, device } = binding;
    const data = { aor: entry.aor, contact, userAgent, device, what, contacts: entry.bindings.length };
    bus.publish(events.event(registrationChanged, { tenant: entry.tenant, data }));
  }

  const remaining = (bindings: readonly Binding[], nowMs: number): readonly RegisteredContact[] =>
    bindings.map((binding) => ({ binding, expiresSec: Math.ceil((binding.expiresAtMs - nowMs) / 1_000) }));

  const live = (entry: AorEntry | undefined, nowMs: number): readonly Binding[] => {
    if (entry === undefined) return [];
    const { bindings } = entry;
    return bindings.every((binding) => binding.expiresAtMs > nowMs)
      ? bindings
      : bindings.filter((binding) => binding.expiresAtMs > nowMs);
  };

  function register(request: RegisterRequest): RegisterOutcome {
    const moment = { nowMs: time.nowMs(), nowUtcMs: time.nowUtcMs() };
    const standing = table.get(request.tenant, request.aor)?.bindings ?? [];
    const outcome = applyRegister(standing, request, policy, moment);
    if (outcome.kind !== 'ok') return outcome;
    if (outcome.changes.length > 0) {
      const entry = table.take(request.tenant, request.aor);
      table.set(entry, outcome.bindings);
      save(entry);
      for (const change of outcome.changes) tell(entry, change.binding, change.what);
    }
    const keepAliveSec = request.flow?.kind === 'udp' ? natUdpKeepAliveSec : natStreamKeepAliveSec;
    const wantsKeepAlive = request.nat === true && request.flow !== undefined && outcome.bindings.length > 0;
    return {
      kind: 'ok',
      bindings: remaining(outcome.bindings, moment.nowMs),
      ...(wantsKeepAlive ? { keepAliveSec } : {}),
    };
  }

  function expire(): number {
    const nowMs = time.nowMs();
    let expired = 0;
    for (const entry of table.due(nowMs)) {
      const gone = entry.bindings.filter((binding) => binding.expiresAtMs <= nowMs);
      table.set(entry, live(entry, nowMs));
      if (gone.length === 0) continue;
      expired += gone.length;
      save(entry);
      for (const binding of gone) tell(entry, binding, 'expired');
    }
    for (const entry of [...unsaved]) save(entry);
    return expired;
  }

  function forget(tenant: TenantId, aor: string): void {
    const entry = table.get(tenant, aor);
    if (entry === undefined) return;
    const gone = entry.bindings;
    table.set(entry, []);
    save(entry);
    for (const binding of gone) tell(entry, binding, 'removed');
  }

  function flowClosed(flowId: number): void {
    for (const entry of table.onFlow(flowId)) {
      const lost = entry.bindings.filter(({ flow, nat, regId }) => flow?.id === flowId && (nat || regId > 0));
      const left = entry.bindings.filter((binding) => !lost.includes(binding));
      const unlinked = left.map((binding) =>
        binding.flow?.id === flowId ? { ...binding, flow: { ...binding.flow, id: 0 } } : binding,
      );
      table.set(entry, unlinked);
      save(entry);
      for (const binding of lost) tell(entry, binding, 'flow-closed');
    }
  }

  async function load(): Promise<void> {
    let page = await store.load({ limit: loadPage });
    while (page.length > 0) {
      for (const { tenant, aor, bindings } of page) {
        const nowMs = time.nowMs();
        const alive = bindings
          .map((stored) => fromStored(stored, time))
          .filter((binding) => binding.expiresAtMs > nowMs);
        const entry = table.take(tenant, aor);
        table.set(entry, orderBindings(alive));
        if (alive.length < bindings.length) save(entry);
      }
      const last = page.at(-1);
      if (page.length < loadPage || last === undefined) return;
      page = await store.load({ after: { tenant: last.tenant, aor: last.aor }, limit: loadPage });
    }
  }

  return {
    register,
    lookup: (tenant, aor) => live(table.get(tenant, aor), time.nowMs()),
    forget,
    flowClosed,
    expire,
    load,
    async flush() {
      while (saves.size > 0) await Promise.allSettled([...saves]);
    },
    list(tenant) {
      const nowMs = time.nowMs();
      const all = [...table.entries(tenant)].map((entry) => ({
        aor: entry.aor,
        bindings: remaining(live(entry, nowMs), nowMs),
      }));
      return all.filter((entry) => entry.bindings.length > 0).sort((a, b) => (a.aor < b.aor ? -1 : 1));
    },
    get bindingCount() {
      return table.bindingCount;
    },
  };
}
