/** Changes what holds for a whole tenant: where the media of its calls goes, who may pick up whose calls, who may watch whom. What is not given stays. */
import type { TenantId } from '#base/ids';
import { expectCommitted } from '#services/configuration';
import { isAlertInfo } from './alert-info.ts';
import { invalidInput, notFound } from './errors.ts';
import type { MediaPath, PickUp, Tenant, Watching } from './records.ts';
import { type Actor, checkMedia, type DirectoryContext, idempotencyOf } from './verb.ts';

export interface UpdateTenant {
  readonly media?: MediaPath;
  readonly pickUp?: PickUp;
  readonly watching?: Watching;
  readonly alertInternal?: string;
  readonly alertExternal?: string;
  /** The version that the author saw; the newest when not given. */
  readonly version?: number;
}

/** Returns the new version. */
export async function updateTenant(context: DirectoryContext, actor: Actor, input: UpdateTenant): Promise<number> {
  const id: TenantId = actor.tenant;
  const record = context.views.tenant(id);
  if (record === undefined) throw notFound('tenant', id);
  const { media = record.body.media ?? 'relay', pickUp = record.body.pickUp ?? 'own' } = input;
  const { alertInternal = record.body.alertInternal ?? '', alertExternal = record.body.alertExternal ?? '' } = input;
  const { watching = record.body.watching ?? 'tenant' } = input;
  checkMedia(media);
  if (pickUp !== 'own' && pickUp !== 'anyone') throw invalidInput('pickUp', 'must be own or anyone');
  if (watching !== 'tenant' && watching !== 'own') throw invalidInput('watching', 'must be tenant or own');
  for (const [field, value] of Object.entries({ alertInternal, alertExternal }))
    if (!isAlertInfo(value)) throw invalidInput(field, 'must be empty, or a value such as <urn:alert:source:internal>');
  const after: Tenant = { ...record.body, media, pickUp, watching, alertInternal, alertExternal };
  const outcome = await context.configuration.change(id, {
    author: actor.author,
    summary: 'tenant.update',
    changes: [{ kind: 'tenant', id, expectVersion: input.version ?? record.version, after }],
    ...idempotencyOf(actor, 'tenant.update', input),
  });
  return expectCommitted(outcome).changes[0]?.version ?? 0;
}
