/**
 * Who registers, and whose address that may be (RFC 3261 §10.3 steps 3 and 4): a device its own user's; where it has the right to register others (third-party
 * registration, §10.2: From is who registers, To who is registered), any of the tenant's, with a From of its own; a trunk that registers with us (RFC 6140) its own.
 */
import { buildResponse, type ServerTransaction, type SipRequest, type SipUri } from '@ringdown/sip';
import type { TenantId } from '#base/ids';
import type { DeviceCredentials, DirectoryViews } from '#services/directory';
import type { TrunkRecord, Trunks } from '#services/trunks';
import { bulkFault } from './trunk-bindings.ts';

export interface RegistrantOptions {
  readonly directory: DirectoryViews;
  readonly trunks: Trunks;
  readonly isOwnHost: (host: string) => boolean;
  readonly authenticate: (transaction: ServerTransaction, domain: string) => DeviceCredentials | undefined;
  readonly authenticateTrunk: (transaction: ServerTransaction, trunk: TrunkRecord) => boolean;
}

export interface RegisteredAddress {
  readonly user: string;
  /** As it stands in To. */
  readonly host: string;
  /** As we call it. */
  readonly domain: string;
  readonly aor: string;
}

export interface Registrant {
  readonly tenant: TenantId;
  /** Empty: no device. */
  readonly device: string;
}

/** Undefined: the request is answered. */
export function admitRegistrant(
  options: RegistrantOptions,
  transaction: ServerTransaction,
  address: RegisteredAddress,
): Registrant | undefined {
  const trunk = options.trunks.views.registersAs(address.aor);
  if (trunk !== undefined) return admitTrunk(options, transaction, trunk);
  const credentials = options.authenticate(transaction, address.host);
  if (credentials === undefined) return undefined;
  const fault = whyNotRegister(options, transaction.request, credentials, address);
  if (fault === undefined) return credentials;
  transaction.respond(buildResponse(transaction.request, 403, { reason: fault }));
  return undefined;
}

function admitTrunk(
  options: RegistrantOptions,
  transaction: ServerTransaction,
  trunk: TrunkRecord,
): Registrant | undefined {
  if (!options.authenticateTrunk(transaction, trunk)) return undefined;
  const fault = bulkFault(transaction.request);
  if (fault === undefined) return { tenant: trunk.tenant, device: '' };
  transaction.respond(buildResponse(transaction.request, 400, { reason: fault }));
  return undefined;
}

/** Undefined: it may. */
function whyNotRegister(
  { directory, isOwnHost }: RegistrantOptions,
  request: SipRequest,
  { tenant, user, device }: DeviceCredentials,
  address: RegisteredAddress,
): string | undefined {
  const from = request.from.uri;
  if (from.kind !== 'sip') return 'From Is Not Yours';
  const isOwn = directory.ownsAddress(tenant, user, address.user, address.domain);
  if (isOwn && from.user === address.user && from.host === address.host) return undefined;
  if (!isFromOwn(directory, { tenant, user, from, isOwnHost })) return isOwn ? 'From Is Not Yours' : 'Not Your Address';
  const isOther = directory.findAddress(address.user, address.domain)?.tenant === tenant;
  const mayRegister = isOwn || (isOther && directory.device(tenant, device)?.body.registersOthers === true);
  return mayRegister ? undefined : 'Not Your Address';
}

interface Claimed extends Pick<DeviceCredentials, 'tenant' | 'user'> {
  readonly from: SipUri;
  readonly isOwnHost: RegistrantOptions['isOwnHost'];
}

function isFromOwn(directory: DirectoryViews, { tenant, user, from, isOwnHost }: Claimed): boolean {
  const domain = directory.findDomain(from.host, isOwnHost(from.host));
  return domain !== undefined && directory.ownsAddress(tenant, user, from.user ?? '', domain.name);
}
