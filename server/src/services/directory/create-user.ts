/** Makes a user with everything to be called at once: an extension in the dial plan, an address, a device with a password. */
import type { DeviceId, UserId } from '#base/ids';
import { type CommitOutcome, type RecordChange, refusalError } from '#services/configuration';
import { noDomain, numberTaken, usernameTaken } from './errors.ts';
import { makeDevice } from './make-device.ts';
import type { ChallengePolicy, DirectoryNumber, Identity, User } from './records.ts';
import { type Actor, check, type DirectoryContext, idempotencyOf, userCreated } from './verb.ts';

export interface CreateUser {
  readonly extension: string;
  readonly displayName?: string;
  readonly languages?: readonly string[];
  readonly challenge?: ChallengePolicy;
}

export interface CreatedUser {
  readonly user: UserId;
  readonly device: DeviceId;
  readonly aor: string;
  readonly username: string;
  readonly domain: string;
  /** Shown once. Absent when this was the repetition of an earlier request: reset it when it was lost. */
  readonly password?: string;
}

export async function createUser(context: DirectoryContext, actor: Actor, input: CreateUser): Promise<CreatedUser> {
  const { extension, displayName = '', languages = ['en'], challenge = 'md5' } = input;
  check('extension', 'extension', extension);
  check('displayName', 'displayName', displayName);
  for (const language of languages) check('languages', 'language', language);
  const domain = primaryDomain(context, actor);
  const { ids, events } = context;
  const [user, device] = [ids.next('user'), ids.next('device')];
  const draft = { id: device, user, domain, label: 'first device', username: extension, challenge };
  const { body, password } = makeDevice(context, draft);
  const identity: Identity = { user, domain: domain.domain, localPart: extension };
  const made = (kind: string, id: string, after: object): RecordChange => ({ kind, id, expectVersion: 0, after });
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'user.create',
    changes: [
      made('user', user, { extension, displayName, languages } satisfies User),
      made('identity', ids.next('identity'), identity),
      made('device', device, body),
      made('number', ids.next('number'), extensionNumber(user, extension)),
    ],
    events: [events.event(userCreated, { tenant: actor.tenant, data: { user, extension } })],
    ...idempotencyOf(actor, 'user.create', input),
  });
  if (outcome.kind !== 'committed') throw refusal(outcome, extension);
  const idOf = (kind: string) => outcome.changes.find((change) => change.kind === kind)?.id ?? '';
  return {
    user: idOf('user') as UserId,
    device: idOf('device') as DeviceId,
    aor: `${extension}@${domain.name}`,
    username: extension,
    domain: domain.name,
    ...(idOf('device') === device ? { password } : {}),
  };
}

function extensionNumber(user: UserId, extension: string): DirectoryNumber {
  return { digits: extension, e164: null, kind: 'extension', label: '', destination: { to: 'user', user } };
}

/** The tenant's first domain that is not an alias. */
function primaryDomain({ views }: DirectoryContext, { tenant }: Actor) {
  const record = views.domains(tenant).find(({ body }) => body.aliasOf === null);
  const ref = record === undefined ? undefined : views.findDomain(record.body.name);
  if (ref === undefined) throw noDomain();
  return ref;
}

function refusal(outcome: Exclude<CommitOutcome, { kind: 'committed' }>, extension: string) {
  if (outcome.kind !== 'taken') return refusalError(outcome);
  return outcome.record.kind === 'device' ? usernameTaken(extension) : numberTaken(extension);
}
