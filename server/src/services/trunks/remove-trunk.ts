/** Removes a trunk with its routes. Refused while a number leads to it. */
import type { TrunkId } from '#base/ids';
import { expectCommitted } from '#services/configuration';
import { trunkNotFound } from './errors.ts';
import { idempotencyOf, type TrunkActor, type TrunkContext } from './verb.ts';

export async function removeTrunk(context: TrunkContext, actor: TrunkActor, trunk: TrunkId): Promise<void> {
  const record = context.views.get(actor.tenant, trunk);
  if (record === undefined) throw trunkNotFound(trunk);
  const routes = context.views.routes(actor.tenant).filter(({ body }) => body.trunk === trunk);
  const changes = [record, ...routes].map(({ kind, id, version }) => ({
    kind,
    id,
    expectVersion: version,
    after: null,
  }));
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'trunk.remove',
    changes,
    ...idempotencyOf(actor, 'trunk.remove', trunk),
  });
  expectCommitted(outcome);
}
