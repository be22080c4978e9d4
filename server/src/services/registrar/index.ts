/** #services/registrar: where each address of record is reached at the moment. */
export type { BadRegister, RegisterPolicy } from './apply-register.ts';
export type { Binding, BindingFlow, FlowKind, RegisterContact, RegisterRequest } from './binding.ts';
export type { BindingLoader, BindingLog, BindingStore, StoredBinding, StoredBindingSet } from './ports.ts';
export {
  createRegistrar,
  type RegisteredContact,
  type RegisterOutcome,
  type Registrar,
  type RegistrarOptions,
  registrationChanged,
} from './registrar.ts';
