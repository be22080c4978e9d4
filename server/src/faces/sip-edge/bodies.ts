/** Session descriptions in bodies: read from the peer, written with our leg's own origin (RFC 8866 §5.2, RFC 3264 §8). */
import { encodeText, formatSdp, localDescription, type Origin, parseSdp, type SessionDescription } from '@ringdown/sdp';
import type { SessionBody, SipRequest, SipResponse } from '@ringdown/sip';
import { findBody } from '@ringdown/sip';
import { nativeBytesToString, nativeStringIntoBytes } from '@ringdown/sip/node';
import { isCrossed } from '#engine/media';

export type ReadBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'sdp'; readonly description: SessionDescription }
  | { readonly kind: 'unreadable'; readonly status: 400 | 415; readonly reason: string };

/** @param readSdp what a dialect makes of a description */
export function readBody(said: SipRequest | SipResponse | SessionBody | null, readSdp?: ReadSdp | null): ReadBody {
  const body = readPlain(said);
  return readSdp == null || body.kind !== 'sdp' ? body : { kind: 'sdp', description: readSdp(body.description) };
}

type ReadSdp = (description: SessionDescription) => SessionDescription;

function readPlain(said: SipRequest | SipResponse | SessionBody | null): ReadBody {
  if (said === null) return { kind: 'none' };
  if ('bytes' in said) return read(said.type, said.bytes);
  return said.bodySizeBytes === 0 ? { kind: 'none' } : read(said.contentType, said.body);
}

function read(contentType: string | undefined, bytes: Uint8Array): ReadBody {
  const type = contentType?.toLowerCase() ?? '';
  const part = findBody(contentType, bytes, 'application/sdp');
  if (part === undefined)
    return { kind: 'unreadable', status: 415, reason: `No session description in ${type === '' ? 'the body' : type}` };
  const parsed = parseSdp(asciiText(part) ?? part);
  if (parsed.ok) return { kind: 'sdp', description: parsed.sdp };
  return { kind: 'unreadable', status: 400, reason: `Bad SDP line ${parsed.failure.line}: ${parsed.failure.code}` };
}

const notAscii = /[\x80-\uffff]/;

/** Nearly every description is; null: it is not. */
function asciiText(bytes: Uint8Array): string | null {
  const text = nativeBytesToString(bytes, 0, bytes.length);
  return notAscii.test(text) ? null : text;
}

/** The origin of one leg, and what was last said under it: plain data in and out, so that a leg can be taken up by another process. */
export class LegOrigin {
  readonly #sessionId: string;
  #text: string | null;

  constructor(sessionId: string, last: SessionDescription | null = null) {
    this.#sessionId = last?.origin.sessionId ?? sessionId;
    this.#text = last === null ? null : formatSdp(last);
  }

  /** `address` stands in for the unspecified one: what this peer reaches us by. */
  write(description: SessionDescription, address: string): SessionBody {
    const placed = placeAddress(description, address);
    const { addressType, address: own } = placed.origin;
    const origin: Origin = {
      username: 'ringdown',
      sessionId: this.#sessionId,
      sessionVersion: '1',
      addressType,
      address: own,
    };
    const last = this.#text === null ? undefined : parseSdp(this.#text);
    this.#text = formatSdp(
      localDescription(last?.ok === true ? last.sdp : null, { origin, lines: placed.lines, media: placed.media }),
    );
    if (notAscii.test(this.#text)) return { type: 'application/sdp', bytes: encodeText(this.#text) };
    const bytes = new Uint8Array(this.#text.length);
    nativeStringIntoBytes(this.#text, bytes, 0);
    return { type: 'application/sdp', bytes, text: this.#text };
  }

  /** As `write`, where the session may not be free to send it: what was not sent was not said, and has no version. */
  writeIfSent(description: SessionDescription, address: string, send: (body: SessionBody) => boolean): boolean {
    const text = this.#text;
    if (send(this.write(description, address))) return true;
    this.#text = text;
    return false;
  }

  /** What was said last, as text; null: nothing yet. */
  snapshot(): string | null {
    return this.#text;
  }
}

/** A socket bound to all interfaces has no address of its own to tell. What the other party wrote stays as it is, its zeros too: only the origin is ours. */
function placeAddress(description: SessionDescription, address: string): SessionDescription {
  const addressType = address.includes(':') ? 'IP6' : 'IP4';
  if (!isCrossed(description) && !namesNoAddress(description)) return description;
  if (isCrossed(description)) return { ...description, origin: { ...description.origin, address, addressType } };
  const fix = (value: string): string =>
    value.replace(/^IN IP4 0\.0\.0\.0$|^IN IP6 ::$/, `IN ${addressType} ${address}`);
  const lines = (rows: SessionDescription['lines']) =>
    rows.map((row) => (row.type === 'c' ? { type: 'c', value: fix(row.value) } : row));
  const { origin } = description;
  const isOpen = origin.address === '0.0.0.0' || origin.address === '::';
  return {
    origin: isOpen ? { ...origin, address, addressType } : origin,
    lines: lines(description.lines),
    media: description.media.map((media) => ({ ...media, lines: lines(media.lines) })),
  };
}

function namesNoAddress({ origin, lines, media }: SessionDescription): boolean {
  const isOpen = origin.address === '0.0.0.0' || origin.address === '::';
  return isOpen || hasOpenLine(lines) || media.some((line) => hasOpenLine(line.lines));
}

function hasOpenLine(lines: SessionDescription['lines']): boolean {
  for (const { type, value } of lines)
    if (type === 'c' && (value === 'IN IP4 0.0.0.0' || value === 'IN IP6 ::')) return true;
  return false;
}
