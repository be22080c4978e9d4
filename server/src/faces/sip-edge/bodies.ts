/** Session descriptions in bodies: read from the peer, written with our leg's own origin (RFC 8866 §5.2, RFC 3264 §8). */
import { formatContent, formatSdp, parseSdp, type SessionDescription } from '@ringdown/sdp';
import type { SessionBody, SipRequest, SipResponse } from '@ringdown/sip';
import { findBody } from '@ringdown/sip';

export type ReadBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'sdp'; readonly description: SessionDescription }
  | { readonly kind: 'unreadable'; readonly status: 400 | 415; readonly reason: string };

const utf8 = new TextDecoder();
const utf8Bytes = new TextEncoder();

export function readBody(message: SipRequest | SipResponse): ReadBody {
  if (message.bodySizeBytes === 0) return { kind: 'none' };
  const type = message.contentType?.toLowerCase() ?? '';
  const part = findBody(message.contentType, message.body, 'application/sdp');
  if (part === undefined)
    return { kind: 'unreadable', status: 415, reason: `No session description in ${type === '' ? 'the body' : type}` };
  const parsed = parseSdp(utf8.decode(part));
  if (parsed.ok) return { kind: 'sdp', description: parsed.sdp };
  return { kind: 'unreadable', status: 400, reason: `Bad SDP line ${parsed.failure.line}: ${parsed.failure.code}` };
}

/** The origin of one leg: the id constant, the version one more exactly when the content changes. */
export class LegOrigin {
  readonly #sessionId: string;
  #version: number;
  #content = '';

  constructor(sessionId: string, version = 0, content = '') {
    this.#sessionId = sessionId;
    this.#version = version;
    this.#content = content;
  }

  /** `address` stands in for the unspecified one: what this peer reaches us by. */
  write(description: SessionDescription, address: string): SessionBody {
    const placed = placeAddress(description, address);
    const content = formatContent(placed);
    if (content !== this.#content) {
      this.#content = content;
      this.#version += 1;
    }
    const origin = {
      ...placed.origin,
      username: 'ringdown',
      sessionId: this.#sessionId,
      sessionVersion: String(this.#version),
    };
    return { type: 'application/sdp', bytes: utf8Bytes.encode(formatSdp({ ...placed, origin })) };
  }

  snapshot(): { readonly sessionId: string; readonly version: number; readonly content: string } {
    return { sessionId: this.#sessionId, version: this.#version, content: this.#content };
  }
}

/** A socket bound to all interfaces has no address of its own to tell. */
function placeAddress(description: SessionDescription, address: string): SessionDescription {
  const fix = (value: string): string =>
    value.replace(/^IN IP4 0\.0\.0\.0$|^IN IP6 ::$/, `IN ${address.includes(':') ? 'IP6' : 'IP4'} ${address}`);
  const lines = (rows: SessionDescription['lines']) =>
    rows.map((row) => (row.type === 'c' ? { type: 'c', value: fix(row.value) } : row));
  const { origin } = description;
  const isOpen = origin.address === '0.0.0.0' || origin.address === '::';
  return {
    origin: isOpen ? { ...origin, address, addressType: address.includes(':') ? 'IP6' : 'IP4' } : origin,
    lines: lines(description.lines),
    media: description.media.map((media) => ({ ...media, lines: lines(media.lines) })),
  };
}
