/**
 * All bindings in memory, by tenant and AOR, with their expiry in buckets of one second so that a sweep touches only what is
 * due. Strings that many phones share (User-Agent, Path, our own address) are held once.
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
  /** A save is under way; it must be repeated when `dirty`. */
  saving: boolean;
  dirty: boolean;
}

export interface BindingTable {
  get(tenant: TenantId, aor: string): AorEntry | undefined;
  /** The entry, made when missing. */
  take(tenant: TenantId, aor: string): AorEntry;
  set(entry: AorEntry, bindings: readonly Binding[]): void;
  /** Forgets an AOR that has neither bindings nor anything left to save. */
  forget(entry: AorEntry): void;
  /** Entries with something that expires until `nowMs`, each once. */
  due(nowMs: number): readonly AorEntry[];
  /** Entries with a binding over that flow. */
  onFlow(flowId: number): readonly AorEntry[];
  entries(tenant?: TenantId): Iterable<AorEntry>;
  readonly bindingCount: number;
}

export function createBindingTable(): BindingTable {
  const tenants = new Map<TenantId, Map<string, AorEntry>>();
  const buckets = new Map<number, AorEntry[]>();
  const flows = new Map<number, Set<AorEntry>>();
  const intern = createInterner();
  let sweptSec: number | undefined;
  let bindingCount = 0;

  function schedule(entry: AorEntry): void {
    let firstMs = Infinity;
    for (const binding of entry.bindings) firstMs = Math.min(firstMs, binding.expiresAtMs);
    if (firstMs === Infinity) return;
    const sec = Math.max(Math.ceil(firstMs / 1_000), (sweptSec ?? 0) + 1);
    if (entry.bucketSec !== 0 && entry.bucketSec <= sec) return;
    entry.bucketSec = sec;
    const bucket = buckets.get(sec);
    if (bucket === undefined) buckets.set(sec, [entry]);
    else bucket.push(entry);
  }

  function linkFlows(entry: AorEntry, before: readonly Binding[]): void {
    for (const { flow } of before) if (flow !== undefined && flow.id !== 0) flows.get(flow.id)?.delete(entry);
    for (const { flow } of entry.bindings) {
      if (flow === undefined || flow.id === 0) continue;
      const known = flows.get(flow.id);
      if (known === undefined) flows.set(flow.id, new Set([entry]));
      else known.add(entry);
    }
    for (const { flow } of before) if (flow !== undefined && flows.get(flow.id)?.size === 0) flows.delete(flow.id);
  }

  return {
    get: (tenant, aor) => tenants.get(tenant)?.get(aor),
    take(tenant, aor) {
      let own = tenants.get(tenant);
      if (own === undefined) {
        own = new Map();
        tenants.set(tenant, own);
      }
      let entry = own.get(aor);
      if (entry === undefined) {
        entry = { tenant, aor, bindings: [], bucketSec: 0, saving: false, dirty: false };
        own.set(aor, entry);
      }
      return entry;
    },
    set(entry, bindings) {
      const before = entry.bindings;
      entry.bindings = bindings.map(intern);
      bindingCount += bindings.length - before.length;
      linkFlows(entry, before);
      schedule(entry);
    },
    forget(entry) {
      if (entry.bindings.length > 0 || entry.saving || entry.dirty) return;
      const own = tenants.get(entry.tenant);
      if (own?.get(entry.aor) === entry) own.delete(entry.aor);
      if (own?.size === 0) tenants.delete(entry.tenant);
    },
    due(nowMs) {
      const upToSec = Math.floor(nowMs / 1_000);
      const found: AorEntry[] = [];
      for (const sec of [...buckets.keys()].filter((key) => key <= upToSec)) {
        for (const entry of buckets.get(sec) ?? []) {
          if (entry.bucketSec !== sec) continue;
          entry.bucketSec = 0;
          found.push(entry);
        }
        buckets.delete(sec);
      }
      sweptSec = upToSec;
      return found;
    },
    onFlow: (flowId) => [...(flows.get(flowId) ?? [])],
    *entries(tenant) {
      if (tenant !== undefined) yield* tenants.get(tenant)?.values() ?? [];
      else for (const own of tenants.values()) yield* own.values();
    },
    get bindingCount() {
      return bindingCount;
    },
  };
}

const noPath: readonly string[] = [];
const maxInterned = 10_000;

/** One copy of what repeats from phone to phone. */
function createInterner(): (binding: Binding) => Binding {
  const texts = new Map<string, string>();
  const paths = new Map<string, readonly string[]>();
  const one = (text: string): string => {
    const known = texts.get(text);
    if (known !== undefined) return known;
    if (texts.size < maxInterned) texts.set(text, text);
    return text;
  };
  const onePath = (path: readonly string[]): readonly string[] => {
    if (path.length === 0) return noPath;
    const key = path.join(',');
    const known = paths.get(key) ?? path;
    if (paths.size < maxInterned) paths.set(key, known);
    return known;
  };
  return (binding) => {
    const { flow, contact, contactKey } = binding;
    return {
      ...binding,
      contactKey: contactKey === contact ? contact : contactKey,
      userAgent: one(binding.userAgent),
      path: onePath(binding.path),
      flow: flow === undefined ? undefined : { ...flow, kind: flow.kind, localAddress: one(flow.localAddress) },
    };
  };
}
