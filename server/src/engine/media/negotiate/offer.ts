/**
 * The offer that one leg is made from the other's (RFC 3264 §5, §8): the same m-lines in the same order, filtered and ordered by the policy of
 * the leg that receives it, with our addresses, and payload types that never change their meaning within that leg.
 */
import { type Codec, type MediaDescription, mediaDirection, readCodecs, type SessionDescription } from '@ringdown/sdp';
import { type CodecPolicy, chooseCodecs, sameCodec } from './codec-policy.ts';
import { isRelayable, type LocalPort, rejectedLine, writeMediaLine } from './media-line.ts';

export type { LocalPort } from './media-line.ts';

/** Becomes 488 with a cause that names both lists. */
export interface NegotiationFailure {
  readonly code: 'no-common-codec' | 'not-acceptable';
  readonly detail: string;
}

export type OfferResult =
  | { readonly ok: true; readonly description: SessionDescription }
  | { readonly ok: false; readonly failure: NegotiationFailure };

export interface OfferAcross {
  /** What the other leg offers (or has answered, where it was asked first). */
  readonly source: SessionDescription;
  readonly policy: CodecPolicy;
  /** Our port for each m-line; null where the medium is not carried. */
  readonly local: readonly (LocalPort | null)[];
  /** What we last sent this leg, so that lines and payload types stay. */
  readonly previous: SessionDescription | null;
}

export function offerAcross(request: OfferAcross): OfferResult {
  const { source, previous } = request;
  if (previous !== null && source.media.length < previous.media.length) {
    return refuse(
      'not-acceptable',
      `an offer with ${source.media.length} m-lines after one with ${previous.media.length}`,
    );
  }
  const media = source.media.map((line, at) => offerLine(request, line, at));
  if (media.some((line) => line.port !== 0)) return { ok: true, description: describe(media) };
  const wasOffered = source.media.some(isRelayable);
  if (!wasOffered && source.media.some((line) => line.port !== 0)) {
    return refuse(
      'not-acceptable',
      `no plain RTP among ${source.media.map((line) => `${line.kind} ${line.protocol}`).join(', ')}`,
    );
  }
  if (!wasOffered) return { ok: true, description: describe(media) };
  return refuse('no-common-codec', codecLists(source, request.policy));
}

/** Names both lists, for the person who must change one of them. */
export function codecLists(source: SessionDescription, policy: CodecPolicy): string {
  const names = source.media.filter(isRelayable).flatMap((line) => readCodecs(line).map((codec) => codec.name));
  return `offered: ${[...new Set(names)].join(', ') || 'none'}; allowed: ${policy.join(', ') || 'none'}`;
}

function offerLine(request: OfferAcross, line: MediaDescription, at: number): MediaDescription {
  const local = request.local[at] ?? null;
  if (local === null || !isRelayable(line)) return rejectedLine(line);
  const offered = readCodecs(line);
  const chosen = line.kind === 'audio' ? chooseCodecs(offered, request.policy) : offered;
  if (chosen.length === 0) return rejectedLine(line);
  const codecs = keepPayloadTypes(chosen, request.previous?.media[at]);
  return writeMediaLine({ like: line, local, codecs, direction: mediaDirection(request.source, line) });
}

/** RFC 3264 §8.3.2: within a session a payload type that was used for a codec stays with it. */
function keepPayloadTypes(codecs: readonly Codec[], previous: MediaDescription | undefined): Codec[] {
  const known = previous === undefined ? [] : readCodecs(previous);
  const taken = new Set(known.map((codec) => codec.payloadType));
  return codecs.map((codec) => {
    const before = known.find((other) => sameCodec(other, codec));
    if (before !== undefined) return { ...codec, payloadType: before.payloadType };
    if (!taken.has(codec.payloadType)) {
      taken.add(codec.payloadType);
      return codec;
    }
    let free = 96;
    while (taken.has(free) && free < 127) free += 1;
    taken.add(free);
    return { ...codec, payloadType: free };
  });
}

const freshCodecs: Readonly<Record<string, Omit<Codec, 'name'>>> = {
  PCMU: { payloadType: 0, clockRate: 8000, channels: 1, fmtp: '' },
  PCMA: { payloadType: 8, clockRate: 8000, channels: 1, fmtp: '' },
  G722: { payloadType: 9, clockRate: 8000, channels: 1, fmtp: '' },
  G729: { payloadType: 18, clockRate: 8000, channels: 1, fmtp: 'annexb=no' },
  OPUS: { payloadType: 96, clockRate: 48000, channels: 2, fmtp: 'useinbandfec=1' },
};

/** An offer out of nothing but the policy: for a leg whose other side made none. */
export function offerFresh(policy: CodecPolicy, local: LocalPort): SessionDescription {
  const voices = policy.flatMap((name) => {
    const codec = freshCodecs[name.toUpperCase()];
    return codec === undefined ? [] : [{ name: name.toUpperCase(), ...codec }];
  });
  const keys: Codec = { payloadType: 101, name: 'TELEPHONE-EVENT', clockRate: 8000, channels: 1, fmtp: '0-16' };
  const like: MediaDescription = {
    kind: 'audio',
    port: 1,
    portCount: null,
    protocol: 'RTP/AVP',
    formats: [],
    lines: [],
  };
  return describe([writeMediaLine({ like, local, codecs: [...voices, keys], direction: 'sendrecv' })]);
}

/** The session level of every description of ours. The edge writes the origin of its leg over this one. */
export function describe(media: readonly MediaDescription[]): SessionDescription {
  const address =
    media.flatMap((line) => line.lines.filter((row) => row.type === 'c'))[0]?.value.split(' ')[2] ?? '0.0.0.0';
  const addressType = address.includes(':') ? 'IP6' : 'IP4';
  return {
    origin: { username: '-', sessionId: '0', sessionVersion: '0', addressType, address },
    lines: [
      { type: 's', value: '-' },
      { type: 'c', value: `IN ${addressType} ${address}` },
      { type: 't', value: '0 0' },
    ],
    media,
  };
}

export function refuse(
  code: NegotiationFailure['code'],
  detail: string,
): { readonly ok: false; readonly failure: NegotiationFailure } {
  return { ok: false, failure: { code, detail } };
}
