/** A phone for programs, without IO; sockets for it are made by createPhone of "@ringdown/sip/node". */
export type { CallInfo } from './call-info.ts';
export { type CallOptions, Phone, type PhonePorts, type PhoneSettings } from './phone.ts';
export { PhoneCall, type PhoneCallHandlers, type PhoneCallOptions, type TransferOptions } from './phone-call.ts';
export { PhoneError, type PhoneErrorCode } from './phone-error.ts';
export type { PhoneSubscribeOptions } from './phone-events.ts';
export type { RegistrationState } from './phone-registration.ts';
export { type PhoneNotification, PhoneSubscription } from './phone-subscription.ts';
