/** Takes a number out of the dial plan. */
import { expectCommitted } from '#services/configuration';
import { notFound } from './errors.ts';
import { type Actor, type DirectoryContext, idempotencyOf } from './verb.ts';

export async function removeNumber(context: DirectoryContext, actor: Actor, digits: string): Promise<void> {
  const record = context.views.findNumber(actor.tenant, digits);
  if (record === undefined) throw notFound('number', digits);
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'number.remove',
    changes: [{ kind: 'number', id: record.id, expectVersion: record.version, after: null }],
    ...idempotencyOf(actor, 'number.remove', digits),
  });
  expectCommitted(outcome);
}
