/** Takes an outbound rule away. */
import type { RouteId } from '#base/ids';
import { expectCommitted } from '#services/configuration';
import { trunkNotFound } from './errors.ts';
import { idempotencyOf, type TrunkActor, type TrunkContext } from './verb.ts';

export async function removeRoute(context: TrunkContext, actor: TrunkActor, route: RouteId): Promise<void> {
  const record = context.views.route(actor.tenant, route);
  if (record === undefined) throw trunkNotFound(route);
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'route.remove',
    changes: [{ kind: 'route', id: route, expectVersion: record.version, after: null }],
    ...idempotencyOf(actor, 'route.remove', route),
  });
  expectCommitted(outcome);
}
