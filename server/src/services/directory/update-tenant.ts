/** Changes what holds for a whole tenant: where the media of its calls goes. */
import type { TenantId } from '#base/ids';
import { expectCommitted } from '#services/configuration';
import { notFound } from './errors.ts';
import type { MediaPath, Tenant } from './records.ts';
import { type Actor, checkMedia, type DirectoryContext, idempotencyOf } from './verb.ts';

export interface UpdateTenant {
  readonly media: MediaPath;
  /** The version that the author saw; the newest when not given. */
  readonly version?: number;
}

/** Returns the new version. */
export async function updateTenant(context: DirectoryContext, actor: Actor, input: UpdateTenant): Promise<number> {
  const id: TenantId = actor.tenant;
  const record = context.views.tenant(id);
  if (record === undefined) throw notFound('tenant', id);
  checkMedia(input.media);
  const after: Tenant = { ...record.body, media: input.media };
  const outcome = await context.configuration.change(id, {
    author: actor.author,
    summary: 'tenant.update',
    changes: [{ kind: 'tenant', id, expectVersion: input.version ?? record.version, after }],
    ...idempotencyOf(actor, 'tenant.update', input),
  });
  return expectCommitted(outcome).changes[0]?.version ?? 0;
}
