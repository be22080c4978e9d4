/** What the verbs of trunks work with. */
import type { IdSource, TenantId } from '#base/ids';
import type { SecretBox } from '#base/secrets';
import type { Configuration } from '#services/configuration';
import type { TrunkViews } from './trunk-views.ts';

export interface TrunkContext {
  readonly configuration: Configuration;
  readonly views: TrunkViews;
  readonly ids: IdSource;
  readonly secrets: SecretBox;
}

export interface TrunkActor {
  readonly tenant: TenantId;
  readonly author: string;
  readonly idempotencyKey?: string;
}

/** `secret` must not stand in the fingerprint: give what was asked without it. */
export function idempotencyOf(actor: TrunkActor, verb: string, asked: unknown) {
  if (actor.idempotencyKey === undefined) return {};
  return { idempotency: { key: actor.idempotencyKey, fingerprint: `${verb} ${JSON.stringify(asked)}` } };
}
