/** Bodies and headers as a session passes them on, opaque. */
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { type BytesToString, detachString, stringIntoBytes } from '../message/text.ts';

export interface SessionBody {
  /** Content-Type. */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** The same with one character per byte, where it is at hand. */
  readonly text?: string;
}

const sdpType = 'application/sdp';

/** A body that a session remembers: one character per byte, made into bytes when somebody asks. Holds on to no message. */
export class KeptBody implements SessionBody {
  readonly type: string;
  readonly text: string;

  constructor(type: string, text: string) {
    this.type = type === sdpType ? sdpType : detachString(type);
    this.text = text;
  }

  get bytes(): Uint8Array {
    const bytes = new Uint8Array(this.text.length);
    stringIntoBytes(this.text, bytes, 0);
    return bytes;
  }
}

export function keepBody(body: SessionBody | null, decode: BytesToString): KeptBody | null {
  if (body === null || body instanceof KeptBody) return body;
  const { type, bytes } = body;
  return new KeptBody(type, body.text ?? decode(bytes, 0, bytes.length));
}

export type HeaderPair = readonly [name: string, value: string];

export function bodyHeaders(body: SessionBody | null): readonly HeaderPair[] {
  if (body === null) return noHeaders;
  return body.type === sdpType ? sdpHeaders : [['Content-Type', body.type]];
}

const noHeaders: readonly HeaderPair[] = [];
const sdpHeaders: readonly HeaderPair[] = [['Content-Type', sdpType]];

export function bodyOf(message: SipRequest | SipResponse): SessionBody | null {
  const type = message.contentType;
  return message.bodySizeBytes === 0 || type === undefined ? null : { type, bytes: message.body };
}

export function isSameBody(a: SessionBody | null, b: SessionBody | null): boolean {
  if (a === null || b === null) return a === b;
  const [bytes, others] = [a.bytes, b.bytes];
  return bytes.length === others.length && bytes.every((byte, at) => byte === others[at]);
}

/** Credentials in place of those there were (RFC 3261 §22.3: one header per proxy on the way). */
export function withCredentialRows(headers: readonly HeaderPair[], rows: readonly HeaderPair[]): HeaderPair[] {
  return [...headers.filter(([name]) => !/^(?:proxy-)?authorization$/i.test(name)), ...rows];
}
