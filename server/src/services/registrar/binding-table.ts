/**
 * All bindings in memory, by tenant and AOR, with their expiry in buckets of one second so that a sweep touches only what is
 * due. Strings that many phones share (User-Agent, Path, our own address) are held once, and none holds the message it came in.
 */
import type { TenantId } from '#base/ids';
import type { Binding } from './binding.ts';

/** One AOR. `bindings` is replaced, never changed, so that a reader may keep it. */
export interface AorEntry {
  readonly tenant: TenantId;
  readonly aor: string;
  bindings: readonly Binding[];
  /** The bucket that will look at this entry; 0: none. */
  bucketSec: number;
}

export interface BindingTable {
  get(tenant: TenantId, aor: string): AorEntry | undefined;
  /** The entry, made when missing. */
  take(tenant: TenantId, aor: string): AorEntry;
  set(entry: AorEntry, bindings: readonly Binding[]): void;
  /** Forgets an AOR that has no bindings, and of which nothing is left to save. */
  forget(entry: AorEntry): void;
  /** Entries with something that expires until `nowMs`, each once. */
  due(nowMs: number): readonly AorEntry[];
  /** Entries with a binding over that flow. */
  onFlow(flowId: number): readonly AorEntry[];
  entries(tenant?: TenantId): Iterable<AorEntry>;
  readonly bindingCount: number;
}

export function createBindingTable(): BindingTable {
  return new MemoryBindingTable();
}

class MemoryBindingTable implements BindingTable {
  readonly #tenants = new Map<TenantId, Map<string, AorEntry>>();
  readonly #buckets = new Map<number, AorEntry[]>();
  readonly #flows = new FlowIndex();
  readonly #intern = createInterner();
  #sweptSec = 0;
  #bindingCount = 0;

  get bindingCount(): number {
    return this.#bindingCount;
  }

  get(tenant: TenantId, aor: string): AorEntry | undefined {
    return this.#tenants.get(tenant)?.get(aor);
  }

  take(tenant: TenantId, aor: string): AorEntry {
    let own = this.#tenants.get(tenant);
    if (own === undefined) {
      own = new Map();
      this.#tenants.set(tenant, own);
    }
    let entry = own.get(aor);
    if (entry === undefined) {
      entry = { tenant, aor, bindings: [], bucketSec: 0 };
      own.set(aor, entry);
    }
    return entry;
  }

  set(entry: AorEntry, bindings: readonly Binding[]): void {
    const before = entry.bindings;
    // Those that stay as they were are copies already.
    entry.bindings = bindings.map((binding) => (before.includes(binding) ? binding : this.#intern(binding)));
    this.#bindingCount += bindings.length - before.length;
    this.#linkFlows(entry, before);
    this.#schedule(entry);
  }

  forget(entry: AorEntry): void {
    if (entry.bindings.length > 0) return;
    const own = this.#tenants.get(entry.tenant);
    if (own?.get(entry.aor) === entry) own.delete(entry.aor);
    if (own?.size === 0) this.#tenants.delete(entry.tenant);
  }

  due(nowMs: number): readonly AorEntry[] {
    const upToSec = Math.floor(nowMs / 1_000);
    const found: AorEntry[] = [];
    for (const sec of [...this.#buckets.keys()].filter((key) => key <= upToSec)) {
      for (const entry of this.#buckets.get(sec) ?? []) {
        if (entry.bucketSec !== sec) continue;
        entry.bucketSec = 0;
        found.push(entry);
      }
      this.#buckets.delete(sec);
    }
    this.#sweptSec = upToSec;
    return found;
  }

  onFlow(flowId: number): readonly AorEntry[] {
    return this.#flows.get(flowId);
  }

  *entries(tenant?: TenantId): Iterable<AorEntry> {
    if (tenant !== undefined) yield* this.#tenants.get(tenant)?.values() ?? [];
    else for (const own of this.#tenants.values()) yield* own.values();
  }

  /** Into the bucket of the earliest deadline, unless an earlier bucket looks at the entry anyway. */
  #schedule(entry: AorEntry): void {
    let firstMs = Infinity;
    for (const binding of entry.bindings) firstMs = Math.min(firstMs, binding.expiresAtMs);
    if (firstMs === Infinity) return;
    const sec = Math.max(Math.ceil(firstMs / 1_000), this.#sweptSec + 1);
    if (entry.bucketSec !== 0 && entry.bucketSec <= sec) return;
    entry.bucketSec = sec;
    const bucket = this.#buckets.get(sec);
    if (bucket === undefined) this.#buckets.set(sec, [entry]);
    else bucket.push(entry);
  }

  #linkFlows(entry: AorEntry, before: readonly Binding[]): void {
    const { bindings } = entry;
    // A refresh over the flow that it has.
    if (before.length === 1 && bindings.length === 1 && before[0]?.flow?.id === bindings[0]?.flow?.id) return;
    for (const { flow } of before) if (flow !== undefined) this.#flows.remove(flow.id, entry);
    for (const { flow } of bindings) if (flow !== undefined) this.#flows.add(flow.id, entry);
  }
}

/** Entries by flow. Nearly every flow has one, which stands there without a set of its own. */
class FlowIndex {
  readonly #entries = new Map<number, AorEntry | Set<AorEntry>>();

  get(flowId: number): readonly AorEntry[] {
    const known = this.#entries.get(flowId);
    return known === undefined ? [] : known instanceof Set ? [...known] : [known];
  }

  /** A flow of 0 is none. */
  add(flowId: number, entry: AorEntry): void {
    const known = this.#entries.get(flowId);
    if (flowId === 0 || known === entry) return;
    if (known instanceof Set) known.add(entry);
    else this.#entries.set(flowId, known === undefined ? entry : new Set([known, entry]));
  }

  remove(flowId: number, entry: AorEntry): void {
    const known = this.#entries.get(flowId);
    if (known instanceof Set) known.delete(entry);
    if (known === entry || (known instanceof Set && known.size === 0)) this.#entries.delete(flowId);
  }
}

const noPath: readonly string[] = [];
const maxInterned = 10_000;

/**
 * A copy of its own: what was cut out of a message is a slice to V8, which holds the whole message for as long as the binding lives.
 */
function detached(text: string): string {
  return text === '' ? text : ` ${text}`.slice(1);
}

/** One copy of what repeats from phone to phone. */
function createInterner(): (binding: Binding) => Binding {
  const texts = new Map<string, string>();
  const paths = new Map<string, readonly string[]>();
  const one = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    const own = detached(text);
    if (texts.size < maxInterned) texts.set(own, own);
    return own;
  };
  const onePath = (path: readonly string[]): readonly string[] => {
    if (path.length === 0) return noPath;
    const key = path.join(',');
    const known = paths.get(key);
    if (known !== undefined) return known;
    const own = path.map(detached);
    if (paths.size < maxInterned) paths.set(detached(key), own);
    return own;
  };
  return (binding) => {
    const { flow, contactKey } = binding;
    const contact = detached(binding.contact);
    return {
      ...binding,
      contact,
      contactKey: contactKey === binding.contact ? contact : detached(contactKey),
      callId: detached(binding.callId),
      instance: detached(binding.instance),
      userAgent: one(binding.userAgent),
      capabilities: one(binding.capabilities),
      path: onePath(binding.path),
      flow: flow === undefined ? undefined : { ...flow, kind: flow.kind, localAddress: one(flow.localAddress) },
    };
  };
}
