/** The Identity header (RFC 8224 §4): a token, where its certificate is, and which extension it is of. */

import { parseParameterized } from '../message/parameterized.ts';
import { formatParams } from '../message/params.ts';

export interface IdentityHeader {
  /** As it stands: see `parsePassport`. */
  readonly token: string;
  /** URI of the certificate. */
  readonly info: string;
  /** Default ES256. */
  readonly alg: string;
  readonly ppt: string | undefined;
}

/**
 * Parses one value. Undefined: malformed, without `info`, or as the obsolete RFC 4474 had it, a mere quoted signature. Interop: `info` between angle brackets is what the RFC has; without, or
 * between quotes, it is read as well, and so is a quoted `ppt`.
 */
export function parseIdentity(value: string): IdentityHeader | undefined {
  // Angle brackets stand where no token may: the parameter is read as if it were quoted.
  const parsed = parseParameterized(value.replace(/;\s*info\s*=\s*<([^>"]*)>/i, ';info="$1"'));
  const info = parsed?.params.get('info');
  if (parsed === undefined || info === undefined || info === '' || parsed.value.startsWith('"')) return undefined;
  const { params } = parsed;
  return { token: parsed.value, info, alg: params.get('alg') ?? 'ES256', ppt: params.get('ppt') };
}

export function formatIdentity({
  token,
  info,
  alg,
  ppt,
}: Omit<IdentityHeader, 'alg' | 'ppt'> & Partial<IdentityHeader>): string {
  return `${token};info=<${info}>${formatParams({ alg, ppt })}`;
}
