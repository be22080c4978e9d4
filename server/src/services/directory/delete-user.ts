/** Deletes a user with its addresses, devices and the numbers that lead to it. Registrations end by the `user.deleted` event. */
import type { UserId } from '#base/ids';
import { expectCommitted, type RecordChange, type StoredRecord } from '#services/configuration';
import { notFound } from './errors.ts';
import { type Actor, type DirectoryContext, idempotencyOf, userDeleted } from './verb.ts';

export async function deleteUser(context: DirectoryContext, actor: Actor, user: UserId): Promise<void> {
  const { views, events } = context;
  const { tenant } = actor;
  const record = views.user(tenant, user);
  if (record === undefined) throw notFound('user', user);
  const numbers = views
    .numbers(tenant)
    .filter(({ body }) => body.destination.to === 'user' && body.destination.user === user);
  const gone = [record, ...views.identitiesOf(tenant, user), ...views.devicesOf(tenant, user), ...numbers];
  const outcome = await context.configuration.change(tenant, {
    author: actor.author,
    summary: 'user.delete',
    changes: gone.map(removal),
    events: [events.event(userDeleted, { tenant, data: { user, addresses: views.addressesOf(tenant, user) } })],
    ...idempotencyOf(actor, 'user.delete', user),
  });
  expectCommitted(outcome);
}

function removal({ kind, id, version }: StoredRecord): RecordChange {
  return { kind, id, expectVersion: version, after: null };
}
