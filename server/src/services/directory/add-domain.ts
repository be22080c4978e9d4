/** One more domain of a tenant: of its own, or another name for one it has. */
import type { DomainId } from '#base/ids';
import { refusalError } from '#services/configuration';
import { domainTaken } from './errors.ts';
import { type Actor, check, type DirectoryContext, idempotencyOf } from './verb.ts';

export interface AddDomain {
  readonly name: string;
  readonly aliasOf?: DomainId;
}

export async function addDomain(context: DirectoryContext, actor: Actor, input: AddDomain): Promise<DomainId> {
  check('name', 'domain', input.name);
  const id = context.ids.next('domain');
  const after = { name: input.name, aliasOf: input.aliasOf ?? null, ownAddresses: null };
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'domain.add',
    changes: [{ kind: 'domain', id, expectVersion: 0, after }],
    ...idempotencyOf(actor, 'domain.add', input),
  });
  if (outcome.kind === 'taken') throw domainTaken(input.name);
  if (outcome.kind !== 'committed') throw refusalError(outcome);
  return outcome.changes[0]?.id as DomainId;
}
