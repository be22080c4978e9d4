/** Finds what an operator names: the tenant of this installation, a user by extension, a trunk by its name. */
import { AppError } from '#base/errors';
import type { TenantId, UserId } from '#base/ids';
import type { Destination } from '#services/directory';
import type { Truth } from '../truth.ts';

/** Who changes configuration by an admin verb. */
export function operatorOf(truth: Truth): { readonly tenant: TenantId; readonly author: string } {
  return { tenant: onlyTenant(truth), author: 'cli' };
}

export function onlyTenant(truth: Truth): TenantId {
  const tenant = truth.firstStart?.tenant ?? truth.directory.views.tenants()[0]?.tenant;
  if (tenant === undefined) throw notFound('tenant', 'the first');
  return tenant;
}

export function userNamed(truth: Truth, extension: string): UserId {
  const user = truth.directory.views.findUser(onlyTenant(truth), extension);
  if (user === undefined) throw notFound('user', extension);
  return user.id as UserId;
}

export function trunkNamed(truth: Truth, name: string) {
  const trunk = truth.trunks.views.findByName(onlyTenant(truth), name);
  if (trunk === undefined) throw notFound('trunk', name);
  return trunk.id as Extract<Destination, { to: 'trunk' }>['trunk'];
}

export function notFound(what: string, name: string): AppError {
  return new AppError({
    code: 'admin.not-found',
    fault: 'caller',
    retry: 'never',
    message: `There is no ${what} "${name}".`,
  });
}
