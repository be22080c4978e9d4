/** Trunks as one object: views and resolutions for calls, verbs for changes. The keeper is made beside it, with the SIP edge. */
import type { RouteId, TenantId, TrunkId } from '#base/ids';
import type { DirectoryViews } from '#services/directory';
import { type AddRoute, addRoute } from './add-route.ts';
import { addTrunk } from './add-trunk.ts';
import type { TrunkDraft } from './make-trunk.ts';
import type { Source } from './match-source.ts';
import { removeRoute } from './remove-route.ts';
import { removeTrunk } from './remove-trunk.ts';
import { type InboundResolution, resolveInbound } from './resolve-inbound.ts';
import { type OutboundChoice, resolveOutbound } from './resolve-outbound.ts';
import { createTrunkViews, type TrunkRecord, type TrunkViews } from './trunk-views.ts';
import { type UpdateTrunk, updateTrunk } from './update-trunk.ts';
import type { TrunkActor, TrunkContext } from './verb.ts';

export interface Trunks {
  readonly views: TrunkViews;
  /** @param registered trunks that have registered from there, after those whose rules say so */
  resolveInbound(source: Source, dialled: string, registered?: readonly TrunkRecord[]): InboundResolution;
  resolveOutbound(tenant: TenantId, dialled: string): readonly OutboundChoice[];
  addTrunk(actor: TrunkActor, draft: TrunkDraft): Promise<TrunkId>;
  updateTrunk(actor: TrunkActor, input: UpdateTrunk): Promise<number>;
  removeTrunk(actor: TrunkActor, trunk: TrunkId): Promise<void>;
  addRoute(actor: TrunkActor, input: AddRoute): Promise<RouteId>;
  removeRoute(actor: TrunkActor, route: RouteId): Promise<void>;
}

/** Make it before Configuration.load(), which fills its views. */
export function createTrunks(
  options: Omit<TrunkContext, 'views'> & { readonly directory: Pick<DirectoryViews, 'findNumber'> },
): Trunks {
  const { directory, ...rest } = options;
  const views = createTrunkViews(rest.configuration, rest.secrets);
  const context: TrunkContext = { ...rest, views };
  return {
    views,
    resolveInbound: (source, dialled, registered = []) =>
      resolveInbound({ views, directory, registered }, source, dialled),
    resolveOutbound: (tenant, dialled) => resolveOutbound(views, tenant, dialled),
    addTrunk: (actor, draft) => addTrunk(context, actor, draft),
    updateTrunk: (actor, input) => updateTrunk(context, actor, input),
    removeTrunk: (actor, trunk) => removeTrunk(context, actor, trunk),
    addRoute: (actor, input) => addRoute(context, actor, input),
    removeRoute: (actor, route) => removeRoute(context, actor, route),
  };
}
