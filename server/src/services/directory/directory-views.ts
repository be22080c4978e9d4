/** The directory in memory, for the call path: who has an address, whose credentials, where a number leads. All synchronous. */
import type { DeviceId, DomainId, TenantId, UserId } from '#base/ids';
import type { SecretBox } from '#base/secrets';
import { type Configuration, createRecordView, type StoredRecord } from '#services/configuration';
import {
  type ChallengePolicy,
  type Device,
  type DirectoryNumber,
  type Domain,
  deviceKind,
  domainKind,
  type Identity,
  identityKind,
  numberKind,
  type Tenant,
  tenantKind,
  type User,
  userKind,
} from './records.ts';

export interface DomainRef {
  readonly tenant: TenantId;
  readonly domain: DomainId;
  /** The canonical name: what stands in AORs and is the digest realm. */
  readonly name: string;
}

export interface AddressOwner {
  readonly tenant: TenantId;
  readonly user: UserId;
  /** Canonical, `localPart@domain`. */
  readonly aor: string;
}

export interface DeviceCredentials {
  readonly tenant: TenantId;
  readonly user: UserId;
  readonly device: DeviceId;
  readonly username: string;
  readonly realm: string;
  readonly challenge: ChallengePolicy;
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
}

export interface DirectoryViews {
  /** The domain that a host in a URI means; `ownAddress`: the host is one of our own addresses. */
  findDomain(host: string, ownAddress?: boolean): DomainRef | undefined;
  /** The owner of `localPart@domain`; the domain may be an alias. */
  findAddress(localPart: string, domainName: string): AddressOwner | undefined;
  findCredentials(domainName: string, username: string): DeviceCredentials | undefined;
  /** Canonical AORs of a user, the first made first. */
  addressesOf(tenant: TenantId, user: UserId): readonly string[];
  /** Whether a user's From may say this address. */
  ownsAddress(tenant: TenantId, user: UserId, localPart: string, domainName: string): boolean;
  findNumber(tenant: TenantId, digits: string): StoredRecord<DirectoryNumber> | undefined;
  /** Public numbers that lead to a user, the first made first. */
  numbersOf(tenant: TenantId, user: UserId): readonly string[];
  /** Whose a public number is, in the whole installation. */
  findExternalNumber(e164: string): StoredRecord<DirectoryNumber> | undefined;
  user(tenant: TenantId, id: UserId): StoredRecord<User> | undefined;
  findUser(tenant: TenantId, extension: string): StoredRecord<User> | undefined;
  domains(tenant: TenantId): readonly StoredRecord<Domain>[];
  users(tenant: TenantId): readonly StoredRecord<User>[];
  devicesOf(tenant: TenantId, user: UserId): readonly StoredRecord<Device>[];
  identitiesOf(tenant: TenantId, user: UserId): readonly StoredRecord<Identity>[];
  numbers(tenant: TenantId): readonly StoredRecord<DirectoryNumber>[];
  device(tenant: TenantId, id: DeviceId): StoredRecord<Device> | undefined;
  tenant(id: TenantId): StoredRecord<Tenant> | undefined;
  findTenant(name: string): StoredRecord<Tenant> | undefined;
  tenants(): readonly StoredRecord<Tenant>[];
}

/** Where a sealed HA1 is bound to: it opens for this device and field only. */
export function ha1Context(device: string, field: 'ha1Md5' | 'ha1Sha256'): string {
  return `device/${device}/${field}`;
}

const ofUser = (tenant: TenantId, user: string) => `${tenant} ${user}`;

export function createDirectoryViews(configuration: Configuration, secrets: SecretBox): DirectoryViews {
  const { tenants, domains, users, identities, devices, numbers } = watchRecords(configuration);
  /** Opened once per version of the record; goes with it. */
  const opened = new WeakMap<StoredRecord<Device>, DeviceCredentials>();

  function refOf(record: StoredRecord<Domain> | undefined): DomainRef | undefined {
    if (record === undefined) return undefined;
    const { aliasOf } = record.body;
    const canonical = aliasOf === null ? record : domains.find('id', aliasOf);
    if (canonical === undefined) return undefined;
    return { tenant: canonical.tenant, domain: canonical.id as DomainId, name: canonical.body.name };
  }

  function findDomain(host: string, ownAddress = false): DomainRef | undefined {
    return refOf(domains.find('name', host.toLowerCase()) ?? (ownAddress ? domains.find('own', 'yes') : undefined));
  }

  function findAddress(localPart: string, domainName: string): AddressOwner | undefined {
    const ref = findDomain(domainName);
    const identity = ref && identities.find('address', `${ref.domain} ${localPart}`);
    if (ref === undefined || identity === undefined) return undefined;
    return { tenant: ref.tenant, user: identity.body.user, aor: `${localPart}@${ref.name}` };
  }

  function findCredentials(domainName: string, username: string): DeviceCredentials | undefined {
    const ref = findDomain(domainName);
    const record = ref && devices.find('username', `${ref.domain} ${username}`);
    if (ref === undefined || record === undefined) return undefined;
    let credentials = opened.get(record);
    if (credentials === undefined) {
      credentials = openCredentials(record, ref.name, secrets);
      opened.set(record, credentials);
    }
    return credentials;
  }

  return {
    findDomain,
    findAddress,
    findCredentials,
    addressesOf(tenant, user) {
      const own = [...identities.all('user', ofUser(tenant, user))].sort((a, b) => (a.id < b.id ? -1 : 1));
      return own.flatMap(({ body }): string[] => {
        const domain = domains.find('id', body.domain);
        return domain === undefined ? [] : [`${body.localPart}@${domain.body.name}`];
      });
    },
    ownsAddress(tenant, user, localPart, domainName) {
      const owner = findAddress(localPart, domainName);
      return owner?.tenant === tenant && owner.user === user;
    },
    findNumber: (tenant, digits) => numbers.find('digits', `${tenant} ${digits}`),
    numbersOf(tenant, user) {
      const own = [...numbers.all('user', ofUser(tenant, user))].sort((a, b) => (a.id < b.id ? -1 : 1));
      return own.flatMap(({ body }) => body.e164 ?? []);
    },
    findExternalNumber: (e164) => numbers.find('e164', e164),
    user: (tenant, id) => users.get(tenant, id),
    findUser: (tenant, extension) => users.find('extension', `${tenant} ${extension}`),
    domains: (tenant) => domains.ofTenant(tenant),
    users: (tenant) => users.ofTenant(tenant),
    devicesOf: (tenant, user) => devices.all('user', ofUser(tenant, user)),
    identitiesOf: (tenant, user) => identities.all('user', ofUser(tenant, user)),
    numbers: (tenant) => numbers.ofTenant(tenant),
    device: (tenant, id) => devices.get(tenant, id),
    tenant: (id) => tenants.get(id, id),
    findTenant: (name) => tenants.find('name', name),
    tenants: () => tenants.all('every', ''),
  };
}

/** A view of each kind with the look-ups that calls need. */
function watchRecords(configuration: Configuration) {
  const tenants = createRecordView<Tenant, 'name' | 'every'>({ name: ({ body }) => body.name, every: () => '' });
  const domains = createRecordView<Domain, 'name' | 'id' | 'own'>({
    name: ({ body }) => body.name,
    id: ({ id }) => id,
    own: ({ body }) => body.ownAddresses ?? undefined,
  });
  const users = createRecordView<User, 'extension'>({ extension: ({ tenant, body }) => `${tenant} ${body.extension}` });
  const identities = createRecordView<Identity, 'address' | 'user'>({
    address: ({ body }) => `${body.domain} ${body.localPart}`,
    user: ({ tenant, body }) => ofUser(tenant, body.user),
  });
  const devices = createRecordView<Device, 'username' | 'user'>({
    username: ({ body }) => `${body.domain} ${body.username}`,
    user: ({ tenant, body }) => ofUser(tenant, body.user),
  });
  const numbers = createRecordView<DirectoryNumber, 'digits' | 'e164' | 'user'>({
    digits: ({ tenant, body }) => `${tenant} ${body.digits}`,
    e164: ({ body }) => body.e164 ?? undefined,
    user: ({ tenant, body: { destination, e164 } }) =>
      destination.to === 'user' && e164 !== null ? ofUser(tenant, destination.user) : undefined,
  });
  configuration.watch(tenantKind, tenants);
  configuration.watch(domainKind, domains);
  configuration.watch(userKind, users);
  configuration.watch(identityKind, identities);
  configuration.watch(deviceKind, devices);
  configuration.watch(numberKind, numbers);
  return { tenants, domains, users, identities, devices, numbers };
}

function openCredentials(record: StoredRecord<Device>, realm: string, secrets: SecretBox): DeviceCredentials {
  const { tenant, id, body } = record;
  return {
    tenant,
    user: body.user,
    device: id as DeviceId,
    username: body.username,
    realm,
    challenge: body.challenge,
    ha1Md5: secrets.open(body.ha1Md5, ha1Context(id, 'ha1Md5')),
    ha1Sha256: secrets.open(body.ha1Sha256, ha1Context(id, 'ha1Sha256')),
  };
}
