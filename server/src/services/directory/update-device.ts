/** Changes what is known of a phone beside its password: its label, its challenges, its codecs, where its media goes, whether provisionals go reliably. */
import type { DeviceId } from '#base/ids';
import { expectCommitted } from '#services/configuration';
import { invalidInput, notFound } from './errors.ts';
import { type HeaderRule, headerRulesProblem } from './header-rule.ts';
import { type ChallengePolicy, type Device, type MediaPath, type Reliability, reliabilities } from './records.ts';
import { type Actor, check, checkMedia, type DirectoryContext, idempotencyOf } from './verb.ts';

export interface UpdateDevice {
  readonly device: DeviceId;
  /** The version that the author saw; the newest when not given. */
  readonly version?: number;
  readonly label?: string;
  readonly challenge?: ChallengePolicy;
  /** Names as in SDP, best first; empty: the installation's. */
  readonly codecs?: readonly string[];
  /** Null: the tenant's again. */
  readonly media?: MediaPath | null;
  readonly reliability?: Reliability;
  readonly assertedIdentity?: boolean;
  /** The right to register other users of the tenant (RFC 3261 §10.2, third-party registration). */
  readonly registersOthers?: boolean;
  /** Empty: none. */
  readonly headerRules?: readonly HeaderRule[];
}

/** Returns the new version. */
export async function updateDevice(context: DirectoryContext, actor: Actor, input: UpdateDevice): Promise<number> {
  const record = context.views.device(actor.tenant, input.device);
  if (record === undefined) throw notFound('device', input.device);
  const { label = record.body.label, challenge = record.body.challenge, codecs = record.body.codecs ?? [] } = input;
  const { reliability = record.body.reliability ?? 'supported' } = input;
  check('label', 'name', label);
  if (!codecs.every((name) => /^[A-Z0-9-]{1,20}$/.test(name)))
    throw invalidInput('codecs', 'must be names such as PCMA');
  if (!['md5', 'sha256', 'both'].includes(challenge)) throw invalidInput('challenge', 'must be md5, sha256 or both');
  if (!reliabilities.includes(reliability)) throw invalidInput('reliability', 'must be off, supported or required');
  const { media = record.body.media ?? null } = input;
  checkMedia(media);
  const { assertedIdentity = record.body.assertedIdentity ?? false } = input;
  const { registersOthers = record.body.registersOthers ?? false } = input;
  const rights = { assertedIdentity, registersOthers };
  const { headerRules = record.body.headerRules } = input;
  const problem = headerRulesProblem(headerRules ?? []);
  if (problem !== undefined) throw invalidInput('headerRules', problem);
  const rules = headerRules === undefined ? {} : { headerRules };
  const after: Device = { ...record.body, label, challenge, codecs, reliability, media, ...rights, ...rules };
  const outcome = await context.configuration.change(actor.tenant, {
    author: actor.author,
    summary: 'device.update',
    changes: [{ kind: 'device', id: input.device, expectVersion: input.version ?? record.version, after }],
    ...idempotencyOf(actor, 'device.update', input),
  });
  return expectCommitted(outcome).changes[0]?.version ?? 0;
}
