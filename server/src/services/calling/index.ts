/** #services/calling: what happens with a call that has come in. */
export { type Calling, type CallingOptions, type CallingPorts, createCalling, type Wanted } from './calling.ts';
export type { ChooseBindings, ChosenBinding } from './choose-devices.ts';
export { type ReceiveCallOptions, receiveCall } from './receive-call.ts';
export { createTransferring } from './transferring.ts';
