/** The users of a tenant as people ask for them: by extension, with addresses and devices, without anything secret. */
import type { DeviceId, TenantId, UserId } from '#base/ids';
import type { DirectoryViews } from './directory-views.ts';
import { formatHeaderRule } from './header-rule.ts';
import type { ChallengePolicy, MediaPath, Reliability } from './records.ts';

export interface ListedUser {
  readonly user: UserId;
  readonly version: number;
  readonly extension: string;
  readonly displayName: string;
  readonly languages: readonly string[];
  readonly addresses: readonly string[];
  readonly devices: readonly ListedDevice[];
}

export interface ListedDevice {
  readonly device: DeviceId;
  readonly label: string;
  readonly username: string;
  readonly challenge: ChallengePolicy;
  /** Empty: the installation's. */
  readonly codecs: readonly string[];
  /** Null: the tenant's. */
  readonly media: MediaPath | null;
  readonly reliability: Reliability;
  readonly assertedIdentity: boolean;
  /** As lines; see header-rule.ts. */
  readonly headerRules: readonly string[];
}

export function listUsers(views: DirectoryViews, tenant: TenantId): readonly ListedUser[] {
  const listed = views.users(tenant).map(({ id, version, body }): ListedUser => {
    const user = id as UserId;
    const devices = views.devicesOf(tenant, user).map((device) => ({
      device: device.id as DeviceId,
      label: device.body.label,
      username: device.body.username,
      challenge: device.body.challenge,
      codecs: device.body.codecs ?? [],
      media: device.body.media ?? null,
      reliability: device.body.reliability ?? 'supported',
      assertedIdentity: device.body.assertedIdentity ?? false,
      headerRules: (device.body.headerRules ?? []).map(formatHeaderRule),
    }));
    return { user, version, ...body, addresses: views.addressesOf(tenant, user), devices };
  });
  return listed.sort((a, b) => a.extension.localeCompare(b.extension, 'en', { numeric: true }));
}
