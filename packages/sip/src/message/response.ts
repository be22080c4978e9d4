/** A SIP response (RFC 3261 §7.2). Made by parseMessage, buildResponse and edit. */
import type { Head } from './head.ts';
import { SipMessage } from './message.ts';
import type { BodyRange } from './request.ts';
import { fromWire } from './text.ts';

export class SipResponse extends SipMessage {
  readonly kind = 'response';
  /** 100 to 699. */
  readonly status: number;
  /** The reason phrase; may be ''. */
  readonly reason: string;

  constructor(start: { readonly status: number; readonly reasonWire: string }, head: Head, body: BodyRange) {
    super(head, body.bytes, body.start, body.end);
    this.status = start.status;
    this.reason = fromWire(start.reasonWire);
  }

  /** Below 200. */
  get isProvisional(): boolean {
    return this.status < 200;
  }

  /** 200 to 299. */
  get isSuccess(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get isFinal(): boolean {
    return this.status >= 200;
  }
}
