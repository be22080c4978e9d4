/** Which trunks to try for a dialled number, in order, with the number as each wants it. Trunks known to be down come last. */
import type { TenantId } from '#base/ids';
import { outboundNumber } from './rewrite-number.ts';
import type { TrunkStatus } from './trunk-health.ts';
import type { TrunkRecord, TrunkViews } from './trunk-views.ts';

export interface OutboundChoice {
  readonly trunk: TrunkRecord;
  readonly number: string;
}

export function resolveOutbound(
  views: TrunkViews,
  statusOf: (trunk: TrunkRecord) => TrunkStatus,
  tenant: TenantId,
  dialled: string,
): readonly OutboundChoice[] {
  const choices = views.routesFor(tenant, dialled).flatMap((route): OutboundChoice[] => {
    const trunk = views.get(tenant, route.body.trunk);
    return trunk === undefined ? [] : [{ trunk, number: outboundNumber(route.body, dialled) }];
  });
  const isDown = (choice: OutboundChoice) => statusOf(choice.trunk) === 'down';
  return [...choices.filter((choice) => !isDown(choice)), ...choices.filter(isDown)];
}
