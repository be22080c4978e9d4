/** A device record with fresh credentials. The password is in the answer once and nowhere else. */
import type { DeviceId } from '#base/ids';
import { computeHa1 } from './compute-ha1.ts';
import { type DomainRef, ha1Context } from './directory-views.ts';
import { generatePassword } from './generate-password.ts';
import type { Device } from './records.ts';
import type { DirectoryContext } from './verb.ts';

export interface DeviceDraft extends Omit<Device, 'domain' | 'ha1Md5' | 'ha1Sha256'> {
  readonly id: DeviceId;
  readonly domain: DomainRef;
}

export function makeDevice(context: DirectoryContext, draft: DeviceDraft): { body: Device; password: string } {
  const { id, domain, ...rest } = draft;
  const password = generatePassword(context.random);
  const ha1 = computeHa1(rest.username, domain.name, password);
  const body: Device = {
    ...rest,
    domain: domain.domain,
    ha1Md5: context.secrets.seal(ha1.md5, ha1Context(id, 'ha1Md5')),
    ha1Sha256: context.secrets.seal(ha1.sha256, ha1Context(id, 'ha1Sha256')),
  };
  return { body, password };
}
