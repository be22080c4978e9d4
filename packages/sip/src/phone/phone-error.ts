/** Why something that a phone was asked for did not come about. */

export type PhoneErrorCode =
  /** The address of the server is none that can be read or found. */
  | 'sip_phone_server'
  /** User name or password are not what the server knows, or it asks for what we do not speak. */
  | 'sip_phone_credentials'
  /** A final answer of 300 and above; `status` says which. */
  | 'sip_phone_refused'
  /** No answer at all. */
  | 'sip_phone_timeout'
  /** The transport failed: refused, closed, no way there. */
  | 'sip_phone_unreachable'
  /** It was ended from this side before it came about. */
  | 'sip_phone_cancelled'
  /** The call is over. */
  | 'sip_phone_ended'
  /** What was asked does not fit the state of the call, or the other side sent no description. */
  | 'sip_phone_state';

export class PhoneError extends Error {
  readonly code: PhoneErrorCode;
  /** The status of the final answer, where there was one. */
  readonly status: number | undefined;

  constructor(code: PhoneErrorCode, message: string, status?: number) {
    super(message);
    this.name = 'PhoneError';
    this.code = code;
    this.status = status;
  }
}
