/** Contact (RFC 3261 §20.10): addresses with q and expires, or "*". */
import { type NameAddr, parseNameAddr } from './name-addr.ts';
import { readSeconds } from './read-seconds.ts';
import { splitList } from './split-list.ts';

export interface Contact extends Pick<NameAddr, 'displayName' | 'uriText' | 'uri' | 'params'> {
  /** 0 to 1; undefined: not given. */
  readonly q: number | undefined;
  /** Seconds; undefined: not given. A value that is no number counts as 3600 (RFC 3261 §20.10). */
  readonly expiresSec: number | undefined;
}

export type ContactList = { readonly kind: 'all' } | { readonly kind: 'list'; readonly contacts: readonly Contact[] };

/**
 * Parses all values of Contact together (`message.headers('Contact')`).
 * @returns undefined: a malformed one, or "*" beside others (RFC 3261 §10.3 step 6).
 */
export function parseContactList(values: readonly string[] | string): ContactList | undefined {
  const list = typeof values === 'string' ? splitList(values) : values;
  if (list.includes('*')) return list.length === 1 ? { kind: 'all' } : undefined;
  const contacts: Contact[] = [];
  for (const value of list) {
    const contact = parseContact(value);
    if (contact === undefined) return undefined;
    contacts.push(contact);
  }
  return { kind: 'list', contacts };
}

export function parseContact(value: string): Contact | undefined {
  const address = parseNameAddr(value);
  if (address === undefined || address.uriText === '*') return undefined;
  const q = address.params.get('q');
  const quality = q === undefined ? undefined : parseQ(q);
  if (q !== undefined && quality === undefined) return undefined;
  const expires = address.params.get('expires');
  return new ParsedContact(address, quality, expires === undefined ? undefined : (readSeconds(expires) ?? 3_600));
}

class ParsedContact implements Contact {
  readonly #address: NameAddr;
  readonly q: number | undefined;
  readonly expiresSec: number | undefined;

  constructor(address: NameAddr, q: number | undefined, expiresSec: number | undefined) {
    this.#address = address;
    this.q = q;
    this.expiresSec = expiresSec;
  }
  get displayName(): string {
    return this.#address.displayName;
  }
  get uriText(): string {
    return this.#address.uriText;
  }
  get uri(): NameAddr['uri'] {
    return this.#address.uri;
  }
  get params(): NameAddr['params'] {
    return this.#address.params;
  }
}

/** qvalue (RFC 3261 §25.1): 0 to 1 with at most three decimals; more are read too. */
export function parseQ(text: string): number | undefined {
  if (!/^(0(\.\d*)?|1(\.0*)?|\.\d+)$/.test(text)) return undefined;
  return Number(text);
}
