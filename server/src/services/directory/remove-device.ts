/** Takes a phone's credentials away: its next request is refused. */
import type { DeviceId } from '#base/ids';
import { expectCommitted } from '#services/configuration';
import { notFound } from './errors.ts';
import { type Actor, type DirectoryContext, idempotencyOf } from './verb.ts';

export async function removeDevice(context: DirectoryContext, actor: Actor, device: DeviceId): Promise<void> {
  const record = context.views.device(actor.tenant, device);
  if (record === undefined) throw notFound('device', device);
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'device.remove',
    changes: [{ kind: 'device', id: device, expectVersion: record.version, after: null }],
    ...idempotencyOf(actor, 'device.remove', device),
  });
  expectCommitted(outcome);
}
