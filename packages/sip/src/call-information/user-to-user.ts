/** User-to-User (RFC 7433): data of the applications at both ends, opaque to everybody between. ISDN's is RFC 7434. */
import { parseParameterized } from '../message/parameterized.ts';
import { formatParams } from '../message/params.ts';
import { quote, unquote } from '../message/text.ts';

export interface UserToUser {
  /** Without quotes: hex digits, or what `encoding` says. */
  readonly data: string;
  /** Which application's it is; undefined: not said (RFC 7434 §5: `isdn-uui` then). */
  readonly purpose?: string | undefined;
  readonly content?: string | undefined;
  /** Lower case; undefined: not said, which is `hex` for ISDN. */
  readonly encoding?: string | undefined;
}

/** One value (`message.headers('User-to-User')` gives them). */
export function parseUserToUser(text: string): UserToUser | undefined {
  const parsed = parseParameterized(text);
  if (parsed === undefined) return undefined;
  const { value, params } = parsed;
  const isQuoted = value.startsWith('"');
  if (!isQuoted && /\s/.test(value)) return undefined;
  return {
    data: isQuoted ? unquote(value) : value,
    purpose: params.get('purpose'),
    content: params.get('content'),
    encoding: params.get('encoding')?.toLowerCase(),
  };
}

/** Hex goes as a token, all else as a quoted string (RFC 7433 §4.1). */
export function formatUserToUser({ data, purpose, content, encoding }: UserToUser): string {
  const said = /^[0-9A-Fa-f]+$/.test(data) ? data : quote(data);
  return `${said}${formatParams({ purpose, content, encoding })}`;
}

/** The octets of data in hex; undefined: it is in another encoding, or is no hex. */
export function bytesOfUserToUser({ data, encoding }: UserToUser): Uint8Array | undefined {
  if (encoding !== undefined && encoding !== 'hex') return undefined;
  return /^([0-9A-Fa-f]{2})*$/.test(data)
    ? Uint8Array.from(data.match(/../g) ?? [], (two) => Number.parseInt(two, 16))
    : undefined;
}
