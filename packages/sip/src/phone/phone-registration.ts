/** A phone's registration as promises: registered once, it stays so; what happens to it later is told. */

import type { Registered } from '../registration/index.ts';
import { Registration, type RegistrationFailure, type RegistrationOptions } from '../registration/index.ts';
import type { Flow } from '../transport/flow.ts';
import { PhoneError, type PhoneErrorCode } from './phone-error.ts';

export type RegistrationState =
  | { readonly isRegistered: true; readonly expiresSec: number }
  | { readonly isRegistered: false; readonly error: PhoneError | null };

const codes: Readonly<Record<RegistrationFailure['why'], PhoneErrorCode>> = {
  credentials: 'sip_phone_credentials',
  refused: 'sip_phone_refused',
  timeout: 'sip_phone_timeout',
  unreachable: 'sip_phone_unreachable',
};

export class PhoneRegistration {
  readonly #registration: Registration;
  readonly #onChange: (state: RegistrationState) => void;
  /** For the next success, or failure. */
  #waiting: { resolve(grantedSec: number): void; reject(error: PhoneError): void }[] = [];
  #registered: Registered | null = null;

  constructor(options: Omit<RegistrationOptions, 'user'>, onChange: (state: RegistrationState) => void) {
    this.#onChange = onChange;
    this.#registration = new Registration({
      ...options,
      user: {
        onRegistered: (registered) => this.#succeeded(registered),
        onFailed: (failure, { isOver }) => this.#failed(failure, isOver),
      },
    });
  }

  /** What the server has said last; null: not registered. */
  get registered(): Registered | null {
    return this.#registration.isRegistered ? this.#registered : null;
  }

  /** By which requests go. */
  get flow(): Flow | undefined {
    return this.#registration.flow;
  }

  /** Resolves with the seconds granted; rejects with a {@link PhoneError}, and then nothing is tried again. */
  start(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#registration.start();
    });
  }

  /** Takes the binding back; resolves when the server has said so, or could not be asked. */
  stop(): Promise<void> {
    if (!this.#registration.isWanted) return Promise.resolve();
    return new Promise((resolve) => {
      this.#registration.stop(() => {
        this.#onChange({ isRegistered: false, error: null });
        resolve();
      });
    });
  }

  flowClosed(flow: Flow, detail: string): void {
    this.#registration.flowClosed(flow, detail);
  }

  #succeeded(registered: Registered): void {
    this.#registered = registered;
    const { expiresSec } = registered;
    this.#onChange({ isRegistered: true, expiresSec });
    for (const { resolve } of this.#waiting.splice(0)) resolve(expiresSec);
  }

  #failed({ why, detail, status }: RegistrationFailure, isOver: boolean): void {
    const error = new PhoneError(codes[why], status === undefined ? detail : `REGISTER: ${detail}`, status);
    const waiting = this.#waiting.splice(0);
    if (waiting.length === 0) {
      if (isOver) this.#onChange({ isRegistered: false, error });
      return;
    }
    this.#registration.halt();
    for (const { reject } of waiting) reject(error);
  }
}
