/** INFO packages (RFC 6086): which a user agent is willing to receive (Recv-Info), and of which an INFO is (Info-Package). */
import { parseParameterized } from './parameterized.ts';
import type { SipRequest } from './request.ts';
import type { SipResponse } from './response.ts';

/** Names as written, without parameters; empty: none at all; undefined: it knows nothing of packages (RFC 6086 §5.2.3). */
export function readRecvInfo(message: SipRequest | SipResponse): readonly string[] | undefined {
  if (message.header('Recv-Info') === undefined) return undefined;
  return message.headers('Recv-Info').flatMap((value) => parseParameterized(value)?.value ?? []);
}

/** Undefined: an INFO of before the packages (RFC 6086 §9), or a header that cannot be read. */
export function readInfoPackage(request: SipRequest): string | undefined {
  return parseParameterized(request.header('Info-Package') ?? '')?.value;
}

/** Names of packages are compared without regard to case (RFC 6086 §10.10, RFC 3261 §7.3.1). */
export function hasInfoPackage(names: readonly string[], name: string): boolean {
  const wanted = name.toLowerCase();
  return names.some((one) => one.toLowerCase() === wanted);
}
