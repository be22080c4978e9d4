/** Changes a user's name or languages. */
import type { UserId } from '#base/ids';
import { expectCommitted } from '#services/configuration';
import { notFound } from './errors.ts';
import { type Actor, check, type DirectoryContext, idempotencyOf } from './verb.ts';

export interface UpdateUser {
  readonly user: UserId;
  /** The version that the author saw; the newest when not given. */
  readonly version?: number;
  readonly displayName?: string;
  readonly languages?: readonly string[];
}

/** Returns the new version. */
export async function updateUser(context: DirectoryContext, actor: Actor, input: UpdateUser): Promise<number> {
  const record = context.views.user(actor.tenant, input.user);
  if (record === undefined) throw notFound('user', input.user);
  const { displayName = record.body.displayName, languages = record.body.languages } = input;
  check('displayName', 'displayName', displayName);
  for (const language of languages) check('languages', 'language', language);
  const after = { ...record.body, displayName, languages };
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'user.update',
    changes: [{ kind: 'user', id: input.user, expectVersion: input.version ?? record.version, after }],
    ...idempotencyOf(actor, 'user.update', input),
  });
  return expectCommitted(outcome).changes[0]?.version ?? 0;
}
