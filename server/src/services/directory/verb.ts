/** What every verb of the directory works with: who asks, for which tenant, and the means. */
import type { EventSource } from '#base/events';
import { eventType } from '#base/events';
import type { IdSource, RandomBytes, TenantId, UserId } from '#base/ids';
import type { SecretBox } from '#base/secrets';
import type { Configuration } from '#services/configuration';
import type { DirectoryViews } from './directory-views.ts';
import { invalidInput } from './errors.ts';

export interface DirectoryContext {
  readonly configuration: Configuration;
  readonly views: DirectoryViews;
  readonly ids: IdSource;
  readonly random: RandomBytes;
  readonly secrets: SecretBox;
  readonly events: EventSource;
}

/** Who changes what, and the key by which a repeated request is known. */
export interface Actor {
  readonly tenant: TenantId;
  /** A user's id, `cli`, `first-start`. */
  readonly author: string;
  readonly idempotencyKey?: string;
}

export const userCreated = eventType<{ readonly user: UserId; readonly extension: string }>()(
  'user.created',
  'durable',
);
export const userDeleted = eventType<{ readonly user: UserId; readonly addresses: readonly string[] }>()(
  'user.deleted',
  'durable',
);

/** For ChangeRequest: the key with what was asked, when there is a key. */
export function idempotencyOf(actor: Actor, verb: string, input: unknown) {
  if (actor.idempotencyKey === undefined) return {};
  return { idempotency: { key: actor.idempotencyKey, fingerprint: `${verb} ${JSON.stringify(input)}` } };
}

const rules = {
  extension: [/^[0-9]{2,12}$/, 'must be 2 to 12 digits'],
  digits: [/^(\+[1-9][0-9]{5,14}|[0-9*#]{1,15})$/, 'must be E.164 with +, or up to 15 of 0-9, * and #'],
  e164: [/^\+[1-9][0-9]{5,14}$/, 'must be E.164: +, then 6 to 15 digits'],
  displayName: [
    /^[^\p{Cc}"<>]{0,100}$/u,
    'must be at most 100 characters without quotes, angle brackets and control characters',
  ],
  language: [/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag such as en or pt-BR'],
  domain: [
    /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/,
    'must be a domain name in lower case',
  ],
  username: [/^[A-Za-z0-9._~*+-]{1,64}$/, 'must be 1 to 64 letters, digits or . _ ~ * + -'],
  name: [/^[^\p{Cc}]{1,100}$/u, 'must be 1 to 100 characters'],
} as const;

/** Null: taken back. Throws directory.invalid-input. */
export function checkMedia(media: string | null): void {
  if (media !== null && media !== 'relay' && media !== 'direct') throw invalidInput('media', 'must be relay or direct');
}

/** Throws directory.invalid-input naming the field. */
export function check(field: string, rule: keyof typeof rules, text: string): void {
  const [pattern, words] = rules[rule];
  if (!pattern.test(text)) throw invalidInput(field, words);
}
