/** Refer-To (RFC 3515 §2.1), with the Replaces that an attended transfer carries in the URI (RFC 3891 §4, RFC 5589 §7). */
import { parseNameAddr } from './name-addr.ts';
import { parseReplaces, type Replaces } from './replaces.ts';
import { isToken } from './text.ts';
import { type Uri, uriHeaders } from './uri.ts';

export interface ReferTo {
  readonly uriText: string;
  readonly uri: Uri;
  /** What to send there; INVITE unless the URI says otherwise. */
  readonly method: string;
  readonly replaces: Replaces | undefined;
  /** The URI without its headers and method parameter: where the new request goes. */
  readonly target: string;
}

export function parseReferTo(text: string): ReferTo | undefined {
  const address = parseNameAddr(text) ?? bareUri(text);
  if (address === undefined) return undefined;
  const { uri, uriText } = address;
  if (uri.kind === 'other' && uri.isMalformed) return undefined;
  if (uri.kind !== 'sip') return { uriText, uri, method: 'INVITE', replaces: undefined, target: uriText };
  const method = uri.params.get('method') ?? 'INVITE';
  if (!isToken(method)) return undefined;
  const header = uriHeaders(uri).find(({ name }) => name.toLowerCase() === 'replaces');
  const replaces = header === undefined ? undefined : parseReplaces(header.value);
  // A Replaces that cannot be read must not turn an attended transfer into a blind one.
  if (header !== undefined && replaces === undefined) return undefined;
  return { uriText, uri, method, replaces, target: withoutHeaders(uriText, uri.headersText) };
}

/** Interop: phones write `Refer-To: sip:x@y?Replaces=...` without brackets, which RFC 3261 §20 forbids. */
function bareUri(text: string): ReturnType<typeof parseNameAddr> {
  const trimmed = text.trim();
  return /^sips?:/i.test(trimmed) && !/[<>\s]/.test(trimmed) ? parseNameAddr(`<${trimmed}>`) : undefined;
}

function withoutHeaders(uriText: string, headersText: string): string {
  const end = headersText === '' ? uriText.length : uriText.length - headersText.length - 1;
  return uriText
    .slice(0, end)
    .replace(/\?$/, '')
    .replace(/;method=[^;?]*/i, '');
}
