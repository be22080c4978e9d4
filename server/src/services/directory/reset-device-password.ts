/** A new password for a phone, and with it, when asked, another challenge policy. The old password is worth nothing at once. */
import type { DeviceId } from '#base/ids';
import { expectCommitted } from '#services/configuration';
import type { AddedDevice } from './add-device.ts';
import { noDomain, notFound } from './errors.ts';
import { makeDevice } from './make-device.ts';
import type { ChallengePolicy } from './records.ts';
import { type Actor, type DirectoryContext, idempotencyOf } from './verb.ts';

export interface ResetDevicePassword {
  readonly device: DeviceId;
  readonly challenge?: ChallengePolicy;
}

export async function resetDevicePassword(
  context: DirectoryContext,
  actor: Actor,
  input: ResetDevicePassword,
): Promise<AddedDevice> {
  const { device: id } = input;
  const record = context.views.device(actor.tenant, id);
  if (record === undefined) throw notFound('device', id);
  const named = context.views.domains(actor.tenant).find((domain) => domain.id === record.body.domain);
  const domain = named === undefined ? undefined : context.views.findDomain(named.body.name);
  if (domain === undefined) throw noDomain();
  const { username } = record.body;
  const challenge = input.challenge ?? record.body.challenge;
  const { body, password } = makeDevice(context, { ...record.body, id, domain, challenge });
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'device.reset-password',
    changes: [{ kind: 'device', id, expectVersion: record.version, after: body }],
    ...idempotencyOf(actor, 'device.reset-password', input),
  });
  const { replayed } = expectCommitted(outcome);
  return { device: id, username, domain: domain.name, ...(replayed ? {} : { password }) };
}
