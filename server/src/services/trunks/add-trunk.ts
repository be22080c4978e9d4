/** A new peer to exchange calls with. */
import type { TrunkId } from '#base/ids';
import { refusalError } from '#services/configuration';
import { trunkNameTaken } from './errors.ts';
import { makeTrunk, type TrunkDraft } from './make-trunk.ts';
import { idempotencyOf, type TrunkActor, type TrunkContext } from './verb.ts';

export async function addTrunk(context: TrunkContext, actor: TrunkActor, draft: TrunkDraft): Promise<TrunkId> {
  const id = context.ids.next('trunk');
  const after = makeTrunk(id, draft, context.secrets);
  const { password: _, ...asked } = draft;
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'trunk.add',
    changes: [{ kind: 'trunk', id, expectVersion: 0, after }],
    ...idempotencyOf(actor, 'trunk.add', asked),
  });
  if (outcome.kind === 'taken') throw trunkNameTaken(draft.name);
  if (outcome.kind !== 'committed') throw refusalError(outcome);
  return outcome.changes[0]?.id as TrunkId;
}
