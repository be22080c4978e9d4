/**
 * The header fields that the stack knows: number, long name, compact form (RFC 3261 §7.3.3 and the registry's later ones), whether
 * commas separate several values, whether more than one row is an error.
 */

interface HeaderDefinition {
  readonly name: string;
  readonly compact?: string;
  /** Commas separate values (RFC 3261 §7.3.1). */
  readonly list?: true;
  /** At most one value (RFC 3261 §7.3.1, §20). */
  readonly single?: true;
}

/** Position in this table plus one is the header's number. The first ones are named below. */
const definitions: readonly HeaderDefinition[] = [
  { name: 'Via', compact: 'v', list: true },
  { name: 'From', compact: 'f', single: true },
  { name: 'To', compact: 't', single: true },
  { name: 'Call-ID', compact: 'i', single: true },
  { name: 'CSeq', single: true },
  { name: 'Content-Length', compact: 'l', single: true },
  { name: 'Max-Forwards', single: true },
  { name: 'Contact', compact: 'm', list: true },
  { name: 'Route', list: true },
  { name: 'Record-Route', list: true },
  { name: 'Content-Type', compact: 'c', single: true },
  { name: 'Expires', single: true },
  { name: 'Require', list: true },
  { name: 'Supported', compact: 'k', list: true },
  { name: 'Timestamp', single: true },
  { name: 'Accept', list: true },
  { name: 'Accept-Contact', compact: 'a', list: true },
  { name: 'Accept-Encoding', list: true },
  { name: 'Accept-Language', list: true },
  { name: 'Accept-Resource-Priority', list: true },
  { name: 'Alert-Info', list: true },
  { name: 'Allow', list: true },
  { name: 'Allow-Events', compact: 'u', list: true },
  { name: 'Answer-Mode', single: true },
  { name: 'Authentication-Info', single: true },
  { name: 'Authorization' },
  { name: 'Call-Info', list: true },
  { name: 'Content-Disposition', single: true },
  { name: 'Content-Encoding', compact: 'e', list: true },
  { name: 'Content-Language', list: true },
  { name: 'Date', single: true },
  { name: 'Diversion', list: true },
  { name: 'Error-Info', list: true },
  { name: 'Event', compact: 'o', single: true },
  { name: 'Flow-Timer', single: true },
  { name: 'Geolocation', list: true },
  { name: 'History-Info', list: true },
  { name: 'Identity', compact: 'y' },
  { name: 'Identity-Info', compact: 'n', single: true },
  { name: 'In-Reply-To', list: true },
  { name: 'Info-Package', single: true },
  { name: 'Join', single: true },
  { name: 'MIME-Version', single: true },
  { name: 'Max-Breadth', single: true },
  { name: 'Min-Expires', single: true },
  { name: 'Min-SE', single: true },
  { name: 'Organization', single: true },
  { name: 'P-Access-Network-Info', list: true },
  { name: 'P-Asserted-Identity', list: true },
  { name: 'P-Called-Party-ID', single: true },
  { name: 'P-Preferred-Identity', list: true },
  { name: 'Path', list: true },
  { name: 'Priority', single: true },
  { name: 'Privacy', single: true },
  { name: 'Proxy-Authenticate' },
  { name: 'Proxy-Authentication-Info', single: true },
  { name: 'Proxy-Authorization' },
  { name: 'Proxy-Require', list: true },
  { name: 'RAck', single: true },
  { name: 'RSeq', single: true },
  { name: 'Reason', list: true },
  { name: 'Recv-Info', list: true },
  { name: 'Refer-Sub', single: true },
  { name: 'Refer-To', compact: 'r', single: true },
  { name: 'Referred-By', compact: 'b', single: true },
  { name: 'Reject-Contact', compact: 'j', list: true },
  { name: 'Remote-Party-ID', list: true },
  { name: 'Replaces', single: true },
  { name: 'Reply-To', single: true },
  { name: 'Request-Disposition', compact: 'd', list: true },
  { name: 'Resource-Priority', list: true },
  { name: 'Retry-After', single: true },
  { name: 'SIP-ETag', single: true },
  { name: 'SIP-If-Match', single: true },
  { name: 'Security-Client', list: true },
  { name: 'Security-Server', list: true },
  { name: 'Security-Verify', list: true },
  { name: 'Server', single: true },
  { name: 'Service-Route', list: true },
  { name: 'Session-Expires', compact: 'x', single: true },
  { name: 'Session-ID', single: true },
  { name: 'Subject', compact: 's', single: true },
  { name: 'Subscription-State', single: true },
  { name: 'Suppress-If-Match', single: true },
  { name: 'Target-Dialog', single: true },
  { name: 'Unsupported', list: true },
  { name: 'User-Agent', single: true },
  { name: 'User-to-User', list: true },
  { name: 'WWW-Authenticate' },
  { name: 'Warning', list: true },
];

/** A header that the table does not have. */
export const UNKNOWN = 0;
export const VIA = 1;
export const FROM = 2;
export const TO = 3;
export const CALL_ID = 4;
export const CSEQ = 5;
export const CONTENT_LENGTH = 6;
export const MAX_FORWARDS = 7;
export const CONTACT = 8;
export const ROUTE = 9;
export const RECORD_ROUTE = 10;
export const CONTENT_TYPE = 11;
export const EXPIRES = 12;
export const TIMESTAMP = 15;

const byName = new Map<string, number>();

/** Spellings one after the other, in flat arrays: one look-up per row of every message goes through them. */
const letters: number[] = [];
const letterStart: number[] = [0];
const idOfSpelling: number[] = [UNKNOWN];
/** Another spelling of the same length and first letter; 0: none. */
const nextSpelling: number[] = [0];
/** The first spelling by length and first letter (see `slot`); 0: none. */
const bySlot = new Uint16Array(32 * 32);

function slot(length: number, letter: number): number {
  return (length & 31) * 32 + (letter & 31);
}

function addSpelling(name: string, id: number): void {
  const text = name.toLowerCase();
  byName.set(name, id);
  byName.set(text, id);
  const at = slot(text.length, text.charCodeAt(0));
  nextSpelling.push(bySlot[at] as number);
  bySlot[at] = idOfSpelling.length;
  idOfSpelling.push(id);
  letterStart.push(letters.length);
  for (let i = 0; i < text.length; i++) letters.push(text.charCodeAt(i));
}
for (const [i, { name, compact }] of definitions.entries()) {
  addSpelling(name, i + 1);
  if (compact !== undefined) addSpelling(compact, i + 1);
}
const lengthOfSpelling = Uint8Array.from(letterStart, (start, i) => (letterStart[i + 1] ?? letters.length) - start);
const spellings = Uint8Array.from(letters);
const starts = Uint16Array.from(letterStart);
const ids = Uint8Array.from(idOfSpelling);
const nexts = Uint16Array.from(nextSpelling);

/**
 * The number of the header whose name is bytes[start, end), or UNKNOWN. Makes no string. Header names of the table have letters and "-"
 * only, for which setting bit 5 is lower-casing.
 */
export function headerIdAt(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let spelling = bySlot[slot(length, bytes[start] as number)] as number;
  while (spelling !== 0) {
    const shift = (starts[spelling] as number) - start;
    let i = start;
    if (lengthOfSpelling[spelling] === length)
      while (i < end && ((bytes[i] as number) | 0x20) === spellings[shift + i]) i++;
    if (i === end) return ids[spelling] as number;
    spelling = nexts[spelling] as number;
  }
  return UNKNOWN;
}

/** The number of a header by any of its names, in any case, or UNKNOWN. */
export function headerId(name: string): number {
  return byName.get(name) ?? byName.get(name.toLowerCase()) ?? UNKNOWN;
}

/** The long name as the registry spells it; an unknown name as it is. */
export function canonicalName(name: string): string {
  const id = headerId(name);
  return definitions[id - 1]?.name ?? name;
}

/** Whether commas separate several values in this header. An unknown header is never split. */
export function isListHeader(id: number): boolean {
  return definitions[id - 1]?.list === true;
}

/** Whether this header may stand only once in a message. */
export function isSingleHeader(id: number): boolean {
  return definitions[id - 1]?.single === true;
}

export function headerName(id: number): string {
  return definitions[id - 1]?.name ?? '';
}
