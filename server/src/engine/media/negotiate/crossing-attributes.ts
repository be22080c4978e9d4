/**
 * Which attributes of one leg's m-line the other leg is told (docs/crossing.md): what nobody here knows crosses as it was written and in its order, since the two ends may (RFC 8866 §5.13: who does not
 * know it ignores it); what belongs to one leg stays there. Left out: attributes of the session's level, which is written anew for each leg.
 */
import { attribute, attributeName, type Codec, type MediaDescription, type SessionDescription } from '@ringdown/sdp';

/** Known, and the same on both legs: said by an endpoint of ours too. */
const shared: ReadonlySet<string> = new Set(['maxptime', 'maxprate', 'label', 'content', 'lang', 'framerate']);

/** Whose value begins with a payload type, or with * for all. */
const byPayloadType: ReadonlySet<string> = new Set(['rtcp-fb', 'imageattr']);

/** Of one leg: what is written for each line anyhow; addresses, ICE, DTLS, keys; RTP sources and what names them; groups; capability negotiation (RFC 5939). */
const ofOneLeg: ReadonlySet<string> = new Set(
  [
    'rtpmap fmtp ptime sendrecv sendonly recvonly inactive rtcp rtcp-mux rtcp-mux-only rtcp-rsize rtcp-xr',
    'candidate remote-candidates end-of-candidates ice-ufrag ice-pwd ice-options ice-lite ice-mismatch ice-pacing',
    'fingerprint setup connection tls-id identity crypto key-mgmt 3ge2ae zrtp-hash',
    'ssrc ssrc-group msid mid bundle-only group extmap extmap-allow-mixed rid simulcast source-filter',
    'csup creq acap tcap pcfg acfg rmcap omcap mfcap mscap lcfg sescap bcap ccap icap curr des conf',
    'sctp-port sctpmap max-message-size path accept-types accept-wrapped-types floorid floorctrl confid userid alt',
  ].flatMap((names) => names.split(' ')),
);

/** A codec as it is written on this leg, and the number that the other leg has for it. */
export interface CarriedCodec {
  readonly codec: Codec;
  readonly from: number;
}

export interface CrossingParts {
  readonly codecs: readonly CarriedCodec[];
  /** See `LineParts`. */
  readonly isRelayed: boolean;
  /** Attributes that cross though they are of one leg; the session's where the line has none. */
  readonly keep: readonly string[];
}

export function crossingAttributes(
  far: { readonly sdp: SessionDescription; readonly line: MediaDescription },
  parts: CrossingParts,
): string[] {
  const kept = new Set(parts.keep);
  const values = far.line.lines.flatMap((line) => {
    if (line.type !== 'a') return [];
    const name = attributeName(line);
    if (shared.has(name) || kept.has(name)) return [line.value];
    if (byPayloadType.has(name)) return renumbered(name, line.value.slice(name.length + 1), parts.codecs);
    return parts.isRelayed && !ofOneLeg.has(name) && !namesAddress(line.value.slice(name.length + 1))
      ? [line.value]
      : [];
  });
  for (const name of kept) {
    const value = attribute(far.line.lines, name) === undefined ? attribute(far.sdp.lines, name) : undefined;
    if (value !== undefined) values.push(value === '' ? name : `${name}:${value}`);
  }
  return values;
}

/** An address in an attribute that nobody knows could lead media past the relay, and tells where the other leg is. */
function namesAddress(text: string): boolean {
  return /(^|[^\w.])\d{1,3}(\.\d{1,3}){3}(?![\w.])|::|([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}/i.test(text);
}

/** RFC 4585 §4.2, RFC 6236 §3.1 */
function renumbered(name: string, value: string, codecs: readonly CarriedCodec[]): string[] {
  const space = value.indexOf(' ');
  const type = space < 0 ? value : value.slice(0, space);
  if (type === '*') return [`${name}:${value}`];
  const carried = codecs.find(({ from }) => String(from) === type);
  return carried === undefined ? [] : [`${name}:${carried.codec.payloadType}${value.slice(type.length)}`];
}
