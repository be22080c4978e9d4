/** Makes a tenant with its first domain. */
import type { DomainId, TenantId } from '#base/ids';
import { refusalError } from '#services/configuration';
import { domainTaken } from './errors.ts';
import { check, type DirectoryContext } from './verb.ts';

export interface CreateTenant {
  readonly name: string;
  readonly domain: string;
  /** Requests to our own addresses are for this domain; one domain of the installation can be it. */
  readonly ownAddresses?: boolean;
}

export async function createTenant(
  context: DirectoryContext,
  author: string,
  input: CreateTenant,
): Promise<{ readonly tenant: TenantId; readonly domain: DomainId }> {
  check('name', 'name', input.name);
  check('domain', 'domain', input.domain);
  const tenant = context.ids.next('tenant');
  const domain = context.ids.next('domain');
  const body = { name: input.domain, aliasOf: null, ownAddresses: input.ownAddresses === true ? 'yes' : null };
  const outcome = await context.configuration.change(tenant, {
    author,
    summary: 'tenant.create',
    changes: [
      { kind: 'tenant', id: tenant, expectVersion: 0, after: { name: input.name } },
      { kind: 'domain', id: domain, expectVersion: 0, after: body },
    ],
  });
  if (outcome.kind === 'taken' && outcome.record.kind === 'domain') throw domainTaken(input.domain);
  if (outcome.kind !== 'committed') throw refusalError(outcome);
  return { tenant, domain };
}
