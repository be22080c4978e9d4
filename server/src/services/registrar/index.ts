/** #services/registrar: where each address of record is reached at the moment. */
export type { Binding, BindingFlow, FlowKind, RegisterContact, RegisterRequest } from './binding.ts';
export type { BindingLoader, BindingStore, StoredBinding, StoredBindingSet } from './ports.ts';
