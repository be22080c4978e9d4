/** A user agent's side of registration. */
export { agreeToKeepAlives, offersKeepAlives } from './keep-indication.ts';
export { Registration } from './registration.ts';
export type {
  FoundWay,
  Registered,
  RegistrationFailure,
  RegistrationOptions,
  RegistrationUser,
  RegistrationWay,
} from './registration-port.ts';
export { type FailedAttempts, retryWaitMs } from './retry-wait.ts';
