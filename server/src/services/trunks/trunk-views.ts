/** Trunks and routes in memory, for the call path. All synchronous. */
import type { TenantId, TrunkId } from '#base/ids';
import type { SecretBox } from '#base/secrets';
import { type Configuration, createRecordView, type StoredRecord } from '#services/configuration';
import { type CompiledSource, compileSource, type Source } from './match-source.ts';
import { type Route, routeKind, type Trunk, trunkKind } from './records.ts';

export type TrunkRecord = StoredRecord<Trunk>;
export type RouteRecord = StoredRecord<Route>;

export interface TrunkViews {
  get(tenant: TenantId, trunk: TrunkId): TrunkRecord | undefined;
  findByName(tenant: TenantId, name: string): TrunkRecord | undefined;
  /** Enabled trunks of any tenant that this source may be, the most specific rule first. */
  matchSource(source: Source): readonly TrunkRecord[];
  /** The routes of the longest prefix that fits, in their order. Trunks that are switched off are left out. */
  routesFor(tenant: TenantId, dialled: string): readonly RouteRecord[];
  /** The clear password, for the trunk's own digest; undefined without one. */
  passwordOf(trunk: TrunkRecord): string | undefined;
  trunks(tenant: TenantId): readonly TrunkRecord[];
  routes(tenant: TenantId): readonly RouteRecord[];
  route(tenant: TenantId, id: string): RouteRecord | undefined;
  /** Enabled trunks of all tenants: for registration and health. */
  every(): readonly TrunkRecord[];
  /** Enabled ones of all tenants that register with us. */
  registering(): readonly TrunkRecord[];
  /** The enabled one that registers so. */
  registersAs(aor: string): TrunkRecord | undefined;
}

/** Where a sealed trunk password is bound to. */
export function passwordContext(trunk: string): string {
  return `trunk/${trunk}/password`;
}

const longestPrefix = 24;

export function createTrunkViews(configuration: Configuration, secrets: SecretBox): TrunkViews {
  const trunks = createRecordView<Trunk, 'name' | 'enabled' | 'registering' | 'registersAs'>({
    name: ({ tenant, body }) => `${tenant} ${body.name}`,
    enabled: ({ body }) => (body.enabled ? 'yes' : undefined),
    registering: ({ body }) => (body.enabled && body.registersAs != null ? 'yes' : undefined),
    registersAs: ({ body }) => (body.enabled ? (body.registersAs ?? undefined) : undefined),
  });
  const routes = createRecordView<Route, 'prefix'>({ prefix: ({ tenant, body }) => `${tenant} ${body.prefix}` });
  configuration.watch(trunkKind, trunks);
  configuration.watch(routeKind, routes);
  const compiled = new WeakMap<TrunkRecord, readonly CompiledSource[]>();
  const passwords = new WeakMap<TrunkRecord, string>();

  function sourcesOf(trunk: TrunkRecord): readonly CompiledSource[] {
    let sources = compiled.get(trunk);
    if (sources === undefined) {
      sources = trunk.body.sources.flatMap((rule) => compileSource(rule) ?? []);
      compiled.set(trunk, sources);
    }
    return sources;
  }

  function matchSource(source: Source): readonly TrunkRecord[] {
    const found: { trunk: TrunkRecord; specificity: number }[] = [];
    for (const trunk of trunks.all('enabled', 'yes')) {
      let specificity = -1;
      for (const rule of sourcesOf(trunk))
        if (rule.matches(source)) specificity = Math.max(specificity, rule.specificity);
      if (specificity >= 0) found.push({ trunk, specificity });
    }
    return found.sort((a, b) => b.specificity - a.specificity).map(({ trunk }) => trunk);
  }

  function routesFor(tenant: TenantId, dialled: string): readonly RouteRecord[] {
    for (let length = Math.min(dialled.length, longestPrefix); length >= 0; length--) {
      const all = routes.all('prefix', `${tenant} ${dialled.slice(0, length)}`);
      if (all.length === 0) continue;
      const open = all.filter(({ body }) => trunks.get(tenant, body.trunk)?.body.enabled === true);
      return [...open].sort((a, b) => a.body.order - b.body.order || (a.id < b.id ? -1 : 1));
    }
    return [];
  }

  return {
    get: (tenant, trunk) => trunks.get(tenant, trunk),
    findByName: (tenant, name) => trunks.find('name', `${tenant} ${name}`),
    matchSource,
    routesFor,
    passwordOf(trunk) {
      if (trunk.body.password === null) return undefined;
      let password = passwords.get(trunk);
      if (password === undefined) {
        password = secrets.open(trunk.body.password, passwordContext(trunk.id));
        passwords.set(trunk, password);
      }
      return password;
    },
    trunks: (tenant) => trunks.ofTenant(tenant),
    routes: (tenant) => routes.ofTenant(tenant),
    route: (tenant, id) => routes.get(tenant, id),
    every: () => trunks.all('enabled', 'yes'),
    registering: () => trunks.all('registering', 'yes'),
    registersAs: (aor) => trunks.find('registersAs', aor),
  };
}
