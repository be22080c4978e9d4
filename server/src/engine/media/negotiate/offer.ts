/**
 * The offer that one leg is made from the other's (RFC 3264 §5, §8): its m-lines filtered and ordered by the policy of the leg that receives it, with our
 * addresses, in that leg's own order of lines and payload types.
 */
import {
  type Codec,
  createMedia,
  createSdp,
  isRtcpMux,
  type MediaDescription,
  mediaDirection,
  numberCodecs,
  readCodecs,
  rejectMedia,
  type SessionDescription,
} from '@ringdown/sdp';
import { allowedBy, type CodecPolicy, chooseCodecs, isRepair } from './codec-policy.ts';
import type { CarriedCodec } from './crossing-attributes.ts';
import { type LegLine, type LegMediaState, legLinesOf, maxLines, said, tieLines } from './leg-lines.ts';
import { isCarriable, isRelayable, obstacle, writeMediaLine } from './media-line.ts';
import { type LocalPort, type Refused, refuse } from './negotiation.ts';
import {
  areAlikePorts,
  areUsualPorts,
  firstLines,
  isAlike,
  isSamePolicy,
  isUsual,
  onPorts,
  Remembered,
} from './remembered.ts';

export type OfferResult =
  | {
      readonly ok: true;
      readonly description: SessionDescription;
      /** To be stored with the leg once the offer is agreed. */
      readonly state: LegMediaState;
    }
  | Refused;

export interface OfferAcross {
  /** What the other leg offers (or has answered, where it was asked first). */
  readonly source: SessionDescription;
  /** Of the leg that gets the offer. */
  readonly policy: CodecPolicy;
  /** Of the leg that offers: what it may not use is not asked for. Absent: anything. */
  readonly sourcePolicy?: CodecPolicy;
  /** Our port for each m-line of the leg that gets the offer; null where the medium is not carried. */
  readonly local: readonly (LocalPort | null)[];
  /** What we last agreed with this leg; read for its lines where there is no `state`. */
  readonly previous?: SessionDescription | null;
  /** The leg's lines so far. */
  readonly state?: LegMediaState;
  /** Attributes of keys and of ICE that cross all the same, such as `crypto`. Default: none. */
  readonly keep?: readonly string[];
}

/** The lines that an offer will have: for opening ports before it is made. */
export function linesForOffer(state: LegMediaState, source: SessionDescription): LegMediaState {
  return tieLines(state, source, isRelayable);
}

interface MadeOffer {
  readonly request: OfferAcross;
  readonly made: Extract<OfferResult, { readonly ok: true }>;
}

const remembered = new Remembered<MadeOffer>();

function isMadeOf({ request }: MadeOffer, asked: OfferAcross): boolean {
  return (
    isAlike(request.source, asked.source) &&
    request.state === asked.state &&
    isSamePolicy(request.policy, asked.policy) &&
    isSamePolicy(request.sourcePolicy, asked.sourcePolicy) &&
    areAlikePorts(request.local, asked.local)
  );
}

export function offerAcross(request: OfferAcross): OfferResult {
  // What was said to this leg before is of one call alone.
  const isFirst = request.previous == null && request.keep === undefined && areUsualPorts(request.local);
  if (!isFirst || !isUsual(request.source)) return makeOffer(request);
  const of = firstLines(request.source);
  const before = remembered.find(of, request, isMadeOf);
  if (before !== undefined)
    return { ok: true, description: onPorts(before.made.description, request.local), state: before.made.state };
  const made = makeOffer(request);
  if (made.ok) remembered.keep(of, { request, made });
  return made;
}

function makeOffer(request: OfferAcross): OfferResult {
  const { source, keep = [] } = request;
  const before = request.state ?? legLinesOf(request.previous ?? null);
  const tied = tieLines(before, source, (line) => isRelayable(line, keep));
  if (tied.lines.length > maxLines) return refuse('not-acceptable', `more than ${maxLines} m-lines`);
  const description = describe(
    tied.lines.map((line, at) => offerLine(request, line, at)),
    source,
  );
  const isOn = (line: MediaDescription): boolean => line.port !== 0;
  if (description.media.some(isOn) || !source.media.some(isOn))
    return { ok: true, description, state: said(tied, description) };
  const problem = obstacle(source, keep);
  if (problem !== null) return refuse('not-acceptable', problem);
  return refuse('no-common-codec', codecLists(source, policies(request)));
}

function policies(request: OfferAcross): CodecPolicy {
  const { policy, sourcePolicy } = request;
  const names = sourcePolicy?.map((name) => name.toUpperCase());
  return names === undefined ? policy : policy.filter((name) => names.includes(name.toUpperCase()));
}

/** Names both lists, for the person who must change one of them. */
export function codecLists(source: SessionDescription, policy: CodecPolicy): string {
  const names = source.media
    .filter((line) => line.port !== 0)
    .flatMap((line) => readCodecs(line).map(({ name }) => name));
  return `offered: ${[...new Set(names)].join(', ') || 'none'}; allowed: ${policy.join(', ') || 'none'}`;
}

function offerLine(request: OfferAcross, line: LegLine, at: number): MediaDescription {
  const { source, keep = [], sourcePolicy } = request;
  const far = line.far === null ? undefined : source.media[line.far];
  const local = request.local[at] ?? null;
  if (far === undefined) return rejectMedia(line);
  if (local === null || !isCarriable(source, far, keep)) return rejectMedia(far);
  const offered = readCodecs(far).filter((codec) => !isRepair(codec));
  const allowed = sourcePolicy === undefined ? offered : allowedBy(sourcePolicy, offered);
  const codecs = numbered(far.kind === 'audio' ? chooseCodecs(allowed, request.policy) : offered, line);
  if (codecs.length === 0) return rejectMedia(far);
  const direction = mediaDirection(source, far);
  const before = request.previous?.media[at];
  return writeMediaLine({
    like: far,
    far: { sdp: source, line: far },
    local,
    codecs,
    direction,
    isMuxed: before !== undefined && before.port !== 0 && isRtcpMux(before),
    isRelayed: true,
    keep,
  });
}

/** As they are written on this leg, with the numbers that the other leg has. */
function numbered(codecs: readonly Codec[], line: LegLine): CarriedCodec[] {
  return numberCodecs(codecs, line.codecs, 'known').map(({ codec, was }) => ({ codec, from: was.payloadType }));
}

/** What we can offer out of nothing, in the usual numbers. */
const freshCodecs: Readonly<Record<string, Omit<Codec, 'name'>>> = {
  PCMU: { payloadType: 0, clockRate: 8000, channels: 1, fmtp: '' },
  GSM: { payloadType: 3, clockRate: 8000, channels: 1, fmtp: '' },
  PCMA: { payloadType: 8, clockRate: 8000, channels: 1, fmtp: '' },
  G722: { payloadType: 9, clockRate: 8000, channels: 1, fmtp: '' },
  G729: { payloadType: 18, clockRate: 8000, channels: 1, fmtp: 'annexb=no' },
  OPUS: { payloadType: 96, clockRate: 48000, channels: 2, fmtp: 'useinbandfec=1' },
  ILBC: { payloadType: 97, clockRate: 8000, channels: 1, fmtp: 'mode=20' },
  AMR: { payloadType: 98, clockRate: 8000, channels: 1, fmtp: 'octet-align=1' },
  'AMR-WB': { payloadType: 99, clockRate: 16000, channels: 1, fmtp: 'octet-align=1' },
};

/** telephone-event per clock rate (RFC 4733 §2.1); the numbers that phones and browsers use. */
const eventTypes: Readonly<Record<number, number>> = { 8000: 101, 16000: 105, 48000: 110 };

/** An offer out of nothing but the policy: for a leg whose other side made none. A policy that names nothing we know is taken for G.711. */
export function offerFresh(policy: CodecPolicy, local: LocalPort): SessionDescription {
  const known = policy.map((name) => name.toUpperCase()).filter((name) => freshCodecs[name] !== undefined);
  const names = known.length > 0 ? new Set(known) : ['PCMU', 'PCMA'];
  const voices = [...names].flatMap((name) => {
    const codec = freshCodecs[name];
    return codec === undefined ? [] : [{ name, ...codec }];
  });
  const keys = [...new Set(voices.map((codec) => codec.clockRate))].map((clockRate) => ({
    payloadType: eventTypes[clockRate] ?? 101,
    name: 'TELEPHONE-EVENT',
    clockRate,
    channels: 1,
    fmtp: '0-16',
  }));
  const { address, port, rtcpPort, rtcpMux = false } = local;
  return describe([createMedia({ port, address, rtcpPort, rtcpMux, codecs: [...voices, ...keys] })]);
}

/**
 * The session level of every description of ours. The edge writes the origin of its leg over this one.
 * @param far whose bandwidth for all lines together is said here too (RFC 8866 §5.8)
 */
export function describe(media: readonly MediaDescription[], far?: SessionDescription): SessionDescription {
  const connection = media.flatMap((line) => line.lines.filter((row) => row.type === 'c'))[0];
  const address = connection?.value.split(' ')[2] ?? '0.0.0.0';
  const sdp = createSdp({ origin: { sessionId: '0', sessionVersion: '0' }, address, media: [] });
  const bandwidths = far?.lines.filter((row) => row.type === 'b') ?? [];
  if (bandwidths.length === 0) return { ...sdp, media };
  const at = sdp.lines.findIndex((row) => row.type === 't');
  return { ...sdp, lines: [...sdp.lines.slice(0, at), ...bandwidths, ...sdp.lines.slice(at)], media };
}
