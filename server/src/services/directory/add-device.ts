/** One more phone of a user, with a username and password of its own. */
import type { DeviceId, UserId } from '#base/ids';
import { refusalError } from '#services/configuration';
import { noDomain, notFound, usernameTaken } from './errors.ts';
import { makeDevice } from './make-device.ts';
import type { ChallengePolicy } from './records.ts';
import { type Actor, check, type DirectoryContext, idempotencyOf } from './verb.ts';

export interface AddDevice {
  readonly user: UserId;
  readonly username: string;
  readonly label?: string;
  readonly challenge?: ChallengePolicy;
}

export interface AddedDevice {
  readonly device: DeviceId;
  readonly username: string;
  readonly domain: string;
  /** Shown once. */
  readonly password?: string;
}

export async function addDevice(context: DirectoryContext, actor: Actor, input: AddDevice): Promise<AddedDevice> {
  const { views, ids } = context;
  const { user, username, label = username, challenge = 'md5' } = input;
  check('username', 'username', username);
  check('label', 'name', label);
  if (views.user(actor.tenant, user) === undefined) throw notFound('user', user);
  const [address = ''] = views.addressesOf(actor.tenant, user);
  const domain = views.findDomain(address.slice(address.indexOf('@') + 1));
  if (domain === undefined) throw noDomain();
  const id = ids.next('device');
  const { body, password } = makeDevice(context, { id, user, domain, label, username, challenge });
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'device.add',
    changes: [{ kind: 'device', id, expectVersion: 0, after: body }],
    ...idempotencyOf(actor, 'device.add', input),
  });
  if (outcome.kind === 'taken') throw usernameTaken(username);
  if (outcome.kind !== 'committed') throw refusalError(outcome);
  const device = outcome.changes[0]?.id as DeviceId;
  return { device, username, domain: domain.name, ...(device === id ? { password } : {}) };
}
