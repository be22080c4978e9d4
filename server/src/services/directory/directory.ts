/** The directory as one object: the synchronous views for calls, the verbs for changes. Each verb is in a file of its own. */
import type { DeviceId, DomainId, NumberId, TenantId, UserId } from '#base/ids';
import { type AddDevice, type AddedDevice, addDevice } from './add-device.ts';
import { type AddDomain, addDomain } from './add-domain.ts';
import { type AddNumber, addNumber } from './add-number.ts';
import { type CreateTenant, createTenant } from './create-tenant.ts';
import { type CreatedUser, type CreateUser, createUser } from './create-user.ts';
import { deleteUser } from './delete-user.ts';
import { createDirectoryViews, type DirectoryViews } from './directory-views.ts';
import { type ListedUser, listUsers } from './list-users.ts';
import { removeDevice } from './remove-device.ts';
import { removeNumber } from './remove-number.ts';
import { type ResetDevicePassword, resetDevicePassword } from './reset-device-password.ts';
import { type UpdateDevice, updateDevice } from './update-device.ts';
import { type UpdateTenant, updateTenant } from './update-tenant.ts';
import { type UpdateUser, updateUser } from './update-user.ts';
import type { Actor, DirectoryContext } from './verb.ts';

export interface Directory {
  readonly views: DirectoryViews;
  createTenant(author: string, input: CreateTenant): Promise<{ readonly tenant: TenantId; readonly domain: DomainId }>;
  updateTenant(actor: Actor, input: UpdateTenant): Promise<number>;
  addDomain(actor: Actor, input: AddDomain): Promise<DomainId>;
  createUser(actor: Actor, input: CreateUser): Promise<CreatedUser>;
  updateUser(actor: Actor, input: UpdateUser): Promise<number>;
  deleteUser(actor: Actor, user: UserId): Promise<void>;
  listUsers(tenant: TenantId): readonly ListedUser[];
  addDevice(actor: Actor, input: AddDevice): Promise<AddedDevice>;
  removeDevice(actor: Actor, device: DeviceId): Promise<void>;
  updateDevice(actor: Actor, input: UpdateDevice): Promise<number>;
  resetDevicePassword(actor: Actor, input: ResetDevicePassword): Promise<AddedDevice>;
  addNumber(actor: Actor, input: AddNumber): Promise<NumberId>;
  removeNumber(actor: Actor, digits: string): Promise<void>;
}

/** Make it before Configuration.load(), which fills its views. */
export function createDirectory(options: Omit<DirectoryContext, 'views'>): Directory {
  const views = createDirectoryViews(options.configuration, options.secrets);
  const context: DirectoryContext = { ...options, views };
  return {
    views,
    createTenant: (author, input) => createTenant(context, author, input),
    updateTenant: (actor, input) => updateTenant(context, actor, input),
    addDomain: (actor, input) => addDomain(context, actor, input),
    createUser: (actor, input) => createUser(context, actor, input),
    updateUser: (actor, input) => updateUser(context, actor, input),
    deleteUser: (actor, user) => deleteUser(context, actor, user),
    listUsers: (tenant) => listUsers(views, tenant),
    addDevice: (actor, input) => addDevice(context, actor, input),
    removeDevice: (actor, device) => removeDevice(context, actor, device),
    updateDevice: (actor, input) => updateDevice(context, actor, input),
    resetDevicePassword: (actor, input) => resetDevicePassword(context, actor, input),
    addNumber: (actor, input) => addNumber(context, actor, input),
    removeNumber: (actor, digits) => removeNumber(context, actor, digits),
  };
}
