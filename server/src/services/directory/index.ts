/** #services/directory: tenants, domains, users, identities, devices and numbers. */
export type { AddDevice, AddedDevice } from './add-device.ts';
export type { AddDomain } from './add-domain.ts';
export type { AddNumber } from './add-number.ts';
export { isAlertInfo } from './alert-info.ts';
export type { CreateTenant } from './create-tenant.ts';
export type { CreatedUser, CreateUser } from './create-user.ts';
export { createDirectory, type Directory } from './directory.ts';
export type { AddressOwner, DeviceCredentials, DirectoryViews, DomainRef } from './directory-views.ts';
export {
  formatHeaderRule,
  type HeaderRule,
  headerRulesProblem,
  parseHeaderRule,
} from './header-rule.ts';
export type { ListedDevice, ListedUser } from './list-users.ts';
export * from './records.ts';
export type { ResetDevicePassword } from './reset-device-password.ts';
export type { UpdateDevice } from './update-device.ts';
export type { UpdateTenant } from './update-tenant.ts';
export type { UpdateUser } from './update-user.ts';
export { type Actor, userDeleted } from './verb.ts';
