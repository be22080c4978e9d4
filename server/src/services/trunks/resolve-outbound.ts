/** Which trunks to try for a dialled number, in order, with the number as each wants it. Which of them are up is asked by services/calling. */
import type { TenantId } from '#base/ids';
import { outboundNumber } from './rewrite-number.ts';
import type { TrunkRecord, TrunkViews } from './trunk-views.ts';

export interface OutboundChoice {
  readonly trunk: TrunkRecord;
  readonly number: string;
}

export function resolveOutbound(views: TrunkViews, tenant: TenantId, dialled: string): readonly OutboundChoice[] {
  return views.routesFor(tenant, dialled).flatMap((route): OutboundChoice[] => {
    const trunk = views.get(tenant, route.body.trunk);
    return trunk === undefined ? [] : [{ trunk, number: outboundNumber(route.body, dialled) }];
  });
}
