/**
 * What requests and responses have in common: the head, the body, and the header fields read on demand. Messages are never changed:
 * `edit` makes new ones.
 *
 * The six fields that every message has (RFC 3261 §8.1.1) are there and readable on every parsed message. On one that was built
 * without them the accessor throws {@link MissingHeaderError}: a mistake of the program.
 */
import { type CSeq, parseCSeq } from './cseq.ts';
import type { Head, HeaderRow } from './head.ts';
import * as names from './header-names.ts';
import { type NameAddr, parseNameAddr } from './name-addr.ts';
import { numberOf } from './octets.ts';
import { readAddresses } from './read-addresses.ts';
import { readSeconds } from './read-seconds.ts';
import { parseVia, type Via } from './via.ts';

export class MissingHeaderError extends Error {
  readonly code = 'sip_header_missing';
  constructor(header: string) {
    super(`the message has no readable ${header} header`);
    this.name = 'MissingHeaderError';
  }
}

export const NO_BODY: Uint8Array = new Uint8Array(0);

export abstract class SipMessage {
  abstract readonly kind: 'request' | 'response';
  readonly head: Head;
  #body: Uint8Array | null;
  readonly #bytes: Uint8Array;
  readonly #bodyStart: number;
  readonly #bodyEnd: number;
  #topVia: Via | null = null;
  #from: NameAddr | null = null;
  #to: NameAddr | null = null;
  #cseq: CSeq | null = null;
  #callId: string | null = null;

  /** The body is bytes[bodyStart, bodyEnd). */
  constructor(head: Head, bytes: Uint8Array, bodyStart: number, bodyEnd: number) {
    this.head = head;
    this.#bytes = bytes;
    this.#bodyStart = bodyStart;
    this.#bodyEnd = bodyEnd;
    this.#body = bodyStart === bodyEnd ? NO_BODY : null;
  }

  /** What the parser has read already. */
  preset(topVia: Via, from: NameAddr, to: NameAddr, cseq: CSeq): this {
    this.#topVia = topVia;
    this.#from = from;
    this.#to = to;
    this.#cseq = cseq;
    return this;
  }

  /** A view into the bytes that the message was parsed from. */
  get body(): Uint8Array {
    this.#body ??= this.#bytes.subarray(this.#bodyStart, this.#bodyEnd);
    return this.#body;
  }

  get bodySizeBytes(): number {
    return this.#bodyEnd - this.#bodyStart;
  }

  /** The first row's value as it stands, unfolded. Name in any case; compact forms are the same header (RFC 3261 §7.3.3). */
  header(name: string): string | undefined {
    return this.head.valueNamed(name);
  }

  /** Every value in order: rows joined, list headers split at commas. */
  headers(name: string): string[] {
    return this.head.values(name);
  }

  /** All rows in order, names as they stand. */
  rows(): HeaderRow[] {
    return this.head.rowList();
  }

  /** Whether a list header (Supported, Require, Allow) has that token, in any case. */
  hasToken(name: string, token: string): boolean {
    const lower = token.toLowerCase();
    return this.headers(name).some((value) => value.toLowerCase() === lower);
  }

  get topVia(): Via {
    this.#topVia ??= parseVia(this.headers('Via')[0] ?? '') ?? missing('Via');
    return this.#topVia;
  }

  /** Topmost first. Values that break the grammar are left out. */
  vias(): Via[] {
    return this.headers('Via').flatMap((value) => parseVia(value) ?? []);
  }

  get from(): NameAddr {
    this.#from ??= this.#address(names.FROM) ?? missing('From');
    return this.#from;
  }

  get to(): NameAddr {
    this.#to ??= this.#address(names.TO) ?? missing('To');
    return this.#to;
  }

  get cseq(): CSeq {
    this.#cseq ??= parseCSeq(this.head.value(names.CSEQ) ?? '') ?? missing('CSeq');
    return this.#cseq;
  }

  get callId(): string {
    this.#callId ??= this.head.value(names.CALL_ID) ?? missing('Call-ID');
    return this.#callId;
  }

  /** Contacts in order, without "*" (see {@link hasWildcardContact}); values that break the grammar are left out. */
  contacts(): NameAddr[] {
    return readAddresses(this.head, names.CONTACT);
  }

  /** `Contact: *` (RFC 3261 §10.2.2). */
  get hasWildcardContact(): boolean {
    return this.header('Contact') === '*';
  }

  routes(): NameAddr[] {
    return readAddresses(this.head, names.ROUTE);
  }

  recordRoutes(): NameAddr[] {
    return readAddresses(this.head, names.RECORD_ROUTE);
  }

  /** The addresses of a header such as Path, P-Asserted-Identity, Diversion; values that break the grammar are left out. */
  addresses(name: string): NameAddr[] {
    return this.headers(name).flatMap((value) => parseNameAddr(value) ?? []);
  }

  /** undefined: no such header, or not a number up to 255 (RFC 3261 §20.22). */
  get maxForwards(): number | undefined {
    return this.number(names.MAX_FORWARDS, 255);
  }

  /** Seconds; undefined: no such header, or not a number. Above 2^32-1 it is that (RFC 3261 §20.19). */
  get expires(): number | undefined {
    return readSeconds(this.head.value(names.EXPIRES));
  }

  /** `type/subtype;params` as it stands; see parseMediaType. */
  get contentType(): string | undefined {
    return this.head.value(names.CONTENT_TYPE);
  }

  /** The number that a header is, up to `max`. */
  protected number(id: number, max: number): number | undefined {
    const value = this.head.value(id);
    const number = value === undefined ? -1 : numberOf(value, max);
    return number < 0 ? undefined : number;
  }

  #address(id: number): NameAddr | undefined {
    const value = this.head.value(id);
    return value === undefined ? undefined : parseNameAddr(value);
  }
}

function missing(header: string): never {
  throw new MissingHeaderError(header);
}
