/** A SIP request (RFC 3261 §7.1). Made by parseMessage, buildRequest and edit. */
import type { Head } from './head.ts';
import { SipMessage } from './message.ts';
import { fromWire } from './text.ts';
import { parseUri, type Uri } from './uri.ts';

export class SipRequest extends SipMessage {
  readonly kind = 'request';
  readonly method: string;
  /** The Request-URI as it stands. */
  readonly uri: string;
  /** The To tag of responses that are made with none of their own (RFC 3261 §8.2.6.2): given where a request that came begins its transaction. */
  responseTag: string | undefined = undefined;
  /** What ends the branch that this request goes out under, after a dot: a proxy's mark, by which it knows its own Via again (RFC 5393 §4.2.1). */
  branchTail: string | undefined = undefined;
  #requestUri: Uri | null = null;

  constructor(start: { readonly method: string; readonly uriWire: string }, head: Head, body: BodyRange) {
    super(head, body.bytes, body.start, body.end);
    this.method = start.method;
    this.uri = head.isAscii ? start.uriWire : fromWire(start.uriWire);
  }

  /** Parsed on first use. */
  get requestUri(): Uri {
    this.#requestUri ??= this.#parseUri();
    return this.#requestUri;
  }

  #parseUri(): Uri {
    if (!this.head.isAscii) return parseUri(this.uri);
    // The start line was parsed from this wire: "METHOD SP URI SP".
    const start = this.head.start + this.method.length + 1;
    return parseUri(this.head.wire, start, start + this.uri.length);
  }
}

/** bytes[start, end) is the body. */
export interface BodyRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}
