/** Changes a trunk's settings; what is not given stays, the password too. */
import type { TrunkId } from '#base/ids';
import { refusalError } from '#services/configuration';
import { trunkNameTaken, trunkNotFound } from './errors.ts';
import { checkTrunk, type TrunkDraft } from './make-trunk.ts';
import type { Trunk } from './records.ts';
import { passwordContext } from './trunk-views.ts';
import { idempotencyOf, type TrunkActor, type TrunkContext } from './verb.ts';

export interface UpdateTrunk extends Partial<TrunkDraft> {
  readonly trunk: TrunkId;
  /** The version that the author saw; the newest when not given. */
  readonly version?: number;
}

/** Returns the new version. */
export async function updateTrunk(context: TrunkContext, actor: TrunkActor, input: UpdateTrunk): Promise<number> {
  const { trunk: id, version, username, password, ...rest } = input;
  const record = context.views.get(actor.tenant, id);
  if (record === undefined) throw trunkNotFound(id);
  const after: Trunk = {
    ...record.body,
    ...rest,
    credentials: username === undefined ? record.body.credentials : { username },
    password: password === undefined ? record.body.password : context.secrets.seal(password, passwordContext(id)),
  };
  checkTrunk(after);
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'trunk.update',
    changes: [{ kind: 'trunk', id, expectVersion: version ?? record.version, after }],
    ...idempotencyOf(actor, 'trunk.update', { id, version, username, ...rest }),
  });
  if (outcome.kind === 'taken') throw trunkNameTaken(after.name);
  if (outcome.kind !== 'committed') throw refusalError(outcome);
  return outcome.changes[0]?.version ?? 0;
}
