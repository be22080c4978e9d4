/** What each leg of a call is told about media, made from what the other one said: #engine/media's pure functions over the call's state. */

import {
  answerProblem,
  connectionAddress,
  formatContent,
  mediaDirection,
  readCodecs,
  rejectMedia,
  type SessionDescription,
  withDirection,
} from '@ringdown/sdp';
import type { LegId } from '#base/ids';
import {
  agreedCodec,
  answerAcross,
  answerEndpoint,
  crossAsIs,
  growStreams,
  isRelayable,
  type LegMedia,
  type LegMediaState,
  legLinesOf,
  localPorts,
  type NegotiationFailure,
  offerAcross,
  offerFresh,
  relayMap,
  tieLines,
  untied,
} from '#engine/media';
import { type CallState, callerLeg, isDirect, type LegState } from './call-state.ts';
import { type EndCause, endCause } from './end-cause.ts';

export type Described =
  | { readonly ok: true; readonly description: SessionDescription }
  | { readonly ok: false; readonly cause: EndCause };

type Answered =
  | { readonly ok: true; readonly description: SessionDescription; readonly state: LegMediaState | null }
  | { readonly ok: false; readonly failure: NegotiationFailure };

/** The caller's leg: its streams follow its offer, or one audio stream where it made none. */
export function callerMedia(legId: LegId, offer: SessionDescription | null, policy: readonly string[]): LegMedia {
  const media = emptyMedia(offer !== null, policy);
  media.pendingRemote = offer;
  if (offer === null) media.streams = [{ streamId: `${legId}.0`, kind: 'audio', asked: false, local: null }];
  else growStreams(media, legId, offer);
  return media;
}

/**
 * A callee's leg has the caller's m-lines, in the same order: the n-th line of one is always the n-th of the other. Where the caller made no offer we make one,
 * unless media is to be direct: then the callee is asked for its own.
 */
export function newLegMedia(legId: LegId, call: CallState, policy: readonly string[]): LegMedia {
  const caller = callerLeg(call);
  const media = emptyMedia(caller.media.offered || !isDirect(call), policy);
  media.streams = caller.media.streams.map((stream, at) =>
    stream === null ? null : { streamId: `${legId}.${at}`, kind: stream.kind, asked: false, local: null },
  );
  return media;
}

function emptyMedia(offered: boolean, policy: readonly string[]): LegMedia {
  return {
    offered,
    policy,
    streams: [],
    local: null,
    remote: null,
    pendingLocal: null,
    pendingRemote: null,
    lines: null,
    pendingLines: null,
    codec: null,
  };
}

/**
 * The offer in a callee's INVITE; null: it is asked for one. After the caller was shown early media, only the codec it was shown (the answer must not be
 * contradicted).
 */
export function offerToCallee(
  call: CallState,
  leg: LegState,
): Described | { readonly ok: true; readonly description: null } {
  if (!leg.media.offered) return { ok: true, description: null };
  const caller = callerLeg(call);
  const ports = localPorts(leg.media);
  const source = caller.media.remote ?? caller.media.pendingRemote;
  if (source === null) {
    const port = ports[0] ?? null;
    if (port === null) return failed({ code: 'not-acceptable', detail: 'no audio stream' });
    leg.media.pendingLocal = offerFresh(leg.media.policy, port);
    return { ok: true, description: leg.media.pendingLocal };
  }
  const shown = caller.media.codec;
  const policy = shown === null ? leg.media.policy : leg.media.policy.filter((name) => name.toUpperCase() === shown);
  return offered(call, leg, { source, policy });
}

/** Our offer to a leg, made from the other's description; it is pending until it is answered. */
function offered(
  call: CallState,
  leg: LegState,
  from: { source: SessionDescription; policy: readonly string[] },
): Described {
  const { media } = leg;
  if (isDirect(call)) {
    media.pendingLocal = crossAsIs(from.source);
    return { ok: true, description: media.pendingLocal };
  }
  const state = media.lines === null ? {} : { state: media.lines };
  const offer = offerAcross({ ...from, ...state, local: localPorts(media), previous: media.local });
  if (!offer.ok) return failed(offer.failure);
  media.pendingLocal = offer.description;
  media.pendingLines = offer.state;
  return offer;
}

/** What the far leg answered, said to the leg that offered; the result is not settled yet. */
function answered(
  call: CallState,
  leg: LegState,
  said: {
    readonly offer: SessionDescription;
    readonly media: LegMedia;
    readonly farOffer: SessionDescription;
    readonly farAnswer: SessionDescription;
  },
): Answered {
  const { offer, media, farOffer, farAnswer } = said;
  if (isDirect(call)) {
    const problem = answerProblem(farOffer, farAnswer, 'theirs');
    if (problem !== null) return { ok: false, failure: { code: 'not-acceptable', detail: problem.reason } };
    return { ok: true, description: crossAsIs(farAnswer), state: null };
  }
  const farState = media.pendingLines ?? media.lines;
  return answerAcross({
    offer,
    farOffer,
    farAnswer,
    local: localPorts(leg.media),
    ...(leg.media.lines === null ? {} : { state: leg.media.lines }),
    ...(farState === null ? {} : { farState }),
  });
}

/** The callee's answer (in a 18x or 2xx): what the caller is told, which is an offer where the caller made none. */
export function applyAnswer(call: CallState, leg: LegState, answer: SessionDescription): Described {
  const caller = callerLeg(call);
  if (!leg.media.offered) {
    leg.media.pendingRemote = answer;
    return offered(call, caller, { source: answer, policy: caller.media.policy });
  }
  const farOffer = leg.media.pendingLocal ?? leg.media.local;
  if (farOffer === null) return failed({ code: 'not-acceptable', detail: 'an answer without an offer' });
  if (!caller.media.offered && caller.earlySource === null) return offerBack(call, leg, { answer, farOffer });
  if (!caller.media.offered) {
    // Our offer was in a provisional that the caller acknowledges (RFC 3262 §5): it stands.
    const made = caller.media.pendingLocal ?? caller.media.local;
    if (made === null) return failed({ code: 'not-acceptable', detail: 'no offer was made to the caller' });
    settle(leg.media, { local: farOffer, remote: answer, by: 'them' });
    return { ok: true, description: made };
  }
  const offer = caller.media.remote ?? caller.media.pendingRemote;
  if (offer === null) return failed({ code: 'not-acceptable', detail: 'the caller made no offer' });
  const shown = caller.media.local;
  const { remote } = leg.media;
  const isKnown = remote !== null && leg.media.pendingLocal === null && formatContent(answer) === formatContent(remote);
  const farAnswer = isKnown ? sharedPart(answer, farOffer) : answer;
  const made = answered(call, caller, { offer, media: leg.media, farOffer, farAnswer });
  if (!made.ok) return failed(made.failure);
  settle(leg.media, { local: farOffer, remote: answer, by: 'them' });
  if (shown === null) caller.media.pendingLines = made.state;
  settle(caller.media, { local: shown ?? made.description, remote: offer, by: 'us' });
  return { ok: true, description: shown ?? made.description };
}

/** What a leg said that may have been an offer, as if it had answered: of its codecs those that we said too. */
function sharedPart(said: SessionDescription, ours: SessionDescription): SessionDescription {
  const media = said.media.map((line, at) => {
    const formats = line.formats.filter((format) => ours.media[at]?.formats.includes(format));
    return formats.length === 0 ? line : { ...line, formats };
  });
  return { ...said, media };
}

/** Whether `leg`, as it was told, has another picture of the far side than that side has by now. */
export function isOutdated(call: CallState, leg: LegState, far: LegState): boolean {
  const { local, remote, codec } = leg.media;
  if (local === null || remote === null || far.media.local === null || far.media.remote === null) return false;
  // An answer never names all that its offer did: what counts between two who send straight to each other is where, which way and by which codec.
  if (isDirect(call)) return codec !== far.media.codec || waysOf(local) !== waysOf(far.media.remote);
  if (!leg.media.offered) return codec !== far.media.codec;
  const farOffer = far.media.local;
  const farAnswer = sharedPart(far.media.remote, farOffer);
  const made = answered(call, leg, { offer: remote, media: far.media, farOffer, farAnswer });
  return !made.ok || formatContent(made.description) !== formatContent(local);
}

function waysOf(sdp: SessionDescription): string {
  const ways = sdp.media.map((line) =>
    line.port === 0 ? 'off' : `${connectionAddress(sdp, line)} ${line.port} ${mediaDirection(sdp, line)}`,
  );
  return ways.join();
}

/** Whether `leg` speaks another codec than one that came by a transfer, or is still told that it is held by one that has gone. */
export function isOutOfStep(call: CallState, leg: LegState, far: LegState): boolean {
  const { local, codec } = leg.media;
  if (call.handover === null || local === null || far.media.remote === null) return false;
  const told = local.media.find((line) => line.kind === 'audio' && line.port !== 0);
  const said = unheld(far.media.remote, far.held);
  const line = said.media.find(({ kind, port }) => kind === 'audio' && port !== 0);
  if (told === undefined || line === undefined) return false;
  return codec !== far.media.codec || mediaDirection(local, told) !== mediaDirection(said, line);
}

/** As a party would say it that is not on hold any more: who had held it is gone. What it holds itself stays so. */
function unheld(said: SessionDescription, holds: boolean): SessionDescription {
  if (holds) return said;
  return { ...said, media: said.media.map((line) => (line.port === 0 ? line : withDirection(line, 'sendrecv'))) };
}

/** A built-in service, as an offer to a leg that has come to it by a transfer. */
export function offerOfService(leg: LegState): Described {
  const { media } = leg;
  const ports = localPorts(media);
  const port = ports.find((one) => one !== null);
  if (port == null) return failed({ code: 'not-acceptable', detail: 'no audio stream' });
  const source = offerFresh(media.policy, port);
  const state = media.lines === null ? {} : { state: media.lines };
  const offer = offerAcross({ source, policy: media.policy, ...state, local: ports, previous: media.local });
  if (!offer.ok) return failed(offer.failure);
  media.pendingLocal = offer.description;
  media.pendingLines = offer.state;
  return offer;
}

/** What the far side has agreed on, as an offer of our own. */
export function offerAgain(call: CallState, leg: LegState, far: LegState): Described {
  if (far.media.remote === null) return failed({ code: 'not-acceptable', detail: 'the far side has said nothing' });
  const source = call.handover === null ? far.media.remote : unheld(far.media.remote, far.held);
  const { codec, policy } = far.media;
  // Of several codecs that the far side named only the one that counts: nothing is decoded.
  const shared = leg.media.policy.filter((name) => codec === null || name.toUpperCase() === codec);
  return offered(call, leg, { source, policy: shared.length > 0 ? shared : policy });
}

function offerBack(
  call: CallState,
  leg: LegState,
  far: { answer: SessionDescription; farOffer: SessionDescription },
): Described {
  const caller = callerLeg(call);
  const offer = offered(call, caller, { source: far.answer, policy: caller.media.policy });
  if (offer.ok) settle(leg.media, { local: far.farOffer, remote: far.answer, by: 'them' });
  return offer;
}

/**
 * What the caller is told where a leg that came in by itself takes the callee's place: the answer made of what that has agreed on with us, or an offer where the caller
 * made none.
 */
export function answerFrom(call: CallState, caller: LegState, far: LegState): Described {
  const { local: farOffer, remote: said } = far.media;
  const { media } = caller;
  if (farOffer === null || said === null)
    return failed({ code: 'not-acceptable', detail: 'nothing was said by the far side' });
  // What was shown before the answer stands.
  if (media.local !== null) return { ok: true, description: media.local };
  if (!media.offered) return offered(call, caller, { source: said, policy: far.media.policy });
  const offer = media.pendingRemote;
  if (offer === null) return failed({ code: 'not-acceptable', detail: 'the caller made no offer' });
  const made = answered(call, caller, { offer, media: far.media, farOffer, farAnswer: sharedPart(said, farOffer) });
  if (!made.ok) return failed(made.failure);
  media.pendingLines = made.state;
  settle(media, { local: made.description, remote: offer, by: 'us' });
  return { ok: true, description: made.description };
}

/** Names of the voice codecs in a description, in capitals. */
export function codecsOf(description: SessionDescription): ReadonlySet<string> {
  const lines = description.media.filter(({ kind, port }) => kind === 'audio' && port !== 0);
  return new Set(lines.flatMap((line) => readCodecs(line).map(({ name }) => name.toUpperCase())));
}

/** The answer to an offer of our own: in the ACK of our 2xx, or in the 2xx to a re-offer that no other leg waits for. */
export function applyOwnAnswer(leg: LegState, answer: SessionDescription): Described {
  const ours = leg.media.pendingLocal;
  const problem = ours === null ? null : answerProblem(ours, answer, 'theirs');
  if (ours === null || problem !== null)
    return failed({ code: 'not-acceptable', detail: problem?.reason ?? 'an answer without an offer' });
  settle(leg.media, { local: ours, remote: answer, by: 'them' });
  const isOn = ours.media.some(({ port }) => port !== 0);
  const isSpoken = answer.media.some(({ port }, at) => port !== 0 && relayMap(ours, answer, at).length > 0);
  if (isOn && !isSpoken)
    return failed({ code: 'no-common-codec', detail: 'an answer that takes nothing of our offer' });
  return { ok: true, description: answer };
}

/** What we answer to a leg's offer when the far side has no part in it: the codec that is being spoken, or all lines off. */
export function answerAlone(leg: LegState, offer: SessionDescription): SessionDescription {
  const answer = answerHere(leg, offer);
  if (answer.ok) return answer.description;
  const description = { ...offer, media: offer.media.map(rejectMedia) };
  settle(leg.media, { local: description, remote: offer, by: 'us' });
  return description;
}

/** The same; where there is nothing to take of the offer, nothing is settled. */
export function answerHere(leg: LegState, offer: SessionDescription): Described {
  const { policy, codec, lines } = leg.media;
  const spoken = codec === null ? policy : [codec];
  const state = lines === null ? {} : { state: lines };
  const answer = answerEndpoint({ offer, policy: spoken, local: localPorts(leg.media), ...state });
  if (!answer.ok) return failed(answer.failure);
  // The other leg has no part in the answer, but its lines are still carried by these.
  leg.media.pendingLines = {
    lines: answer.state.lines.map((line, at) => ({ ...line, far: lines?.lines[at]?.far ?? line.far })),
  };
  settle(leg.media, { local: answer.description, remote: offer, by: 'us' });
  return answer;
}

/** What a built-in service says to its only leg. */
export function describeService(leg: LegState): Described {
  const ports = localPorts(leg.media);
  const offer = leg.media.pendingRemote;
  if (offer === null) {
    const port = ports[0] ?? null;
    if (port === null) return failed({ code: 'not-acceptable', detail: 'no audio stream' });
    leg.media.pendingLocal = leg.media.local ?? offerFresh(leg.media.policy, port);
    return { ok: true, description: leg.media.pendingLocal };
  }
  const { policy, lines } = leg.media;
  const answer = answerEndpoint({ offer, policy, local: ports, ...(lines === null ? {} : { state: lines }) });
  if (!answer.ok) return failed(answer.failure);
  leg.media.pendingLines = answer.state;
  settle(leg.media, { local: answer.description, remote: offer, by: 'us' });
  return answer;
}

/** What a leg that came in by itself is told before it takes its place: as by a service, but its lines are to be carried by those of `far`. */
export function describeNewcomer(leg: LegState, far: LegState): Described {
  const described = describeService(leg);
  if (described.ok) tie(leg.media, far.media.remote ?? far.media.pendingRemote);
  return described;
}

/** Two legs that have talked to others so far: which line of the one carries which of the other. */
export function tieLegs(one: LegState, other: LegState): void {
  tie(one.media, other.media.remote);
  tie(other.media, one.media.remote);
}

function tie(media: LegMedia, source: SessionDescription | null): void {
  const lines = media.lines ?? (media.local === null ? null : legLinesOf(media.local));
  if (lines === null || source === null) return;
  media.lines = tieLines(untied(lines), source, (line) => isRelayable(line));
}

/** A running leg's wish for change, said to the other leg. */
export function reofferAcross(call: CallState, from: LegState, to: LegState): Described {
  const source = from.media.pendingRemote;
  if (source === null) return failed({ code: 'not-acceptable', detail: 'a change without a description' });
  return offered(call, to, { source, policy: to.media.policy });
}

/** The other leg's answer to that, said to the leg that wished it. Not said: only the other leg is settled, and must be told again what stands. */
export function reanswerAcross(
  call: CallState,
  { from, to }: { readonly from: LegState; readonly to: LegState },
  farAnswer: SessionDescription,
): Described {
  const offer = from.media.pendingRemote;
  const farOffer = to.media.pendingLocal;
  if (offer === null || farOffer === null)
    return failed({ code: 'not-acceptable', detail: 'an answer without an offer' });
  const answer = answered(call, from, { offer, media: to.media, farOffer, farAnswer });
  settle(to.media, { local: farOffer, remote: farAnswer, by: 'them' });
  if (!answer.ok) return failed(answer.failure);
  from.media.pendingLines = answer.state;
  settle(from.media, { local: answer.description, remote: offer, by: 'us' });
  return answer;
}

/** A change came to nothing: both legs stand on what was agreed before (RFC 6141 §3.4). */
export function rollBack(leg: LegState): void {
  leg.media.pendingLocal = null;
  leg.media.pendingRemote = null;
  leg.media.pendingLines = null;
}

interface Exchange {
  readonly local: SessionDescription;
  readonly remote: SessionDescription;
  /** Who answered: the answer says which voice will be sent. */
  readonly by: 'us' | 'them';
}

function settle(media: LegMedia, { local, remote, by }: Exchange): void {
  media.local = local;
  media.remote = remote;
  media.pendingLocal = null;
  media.pendingRemote = null;
  media.lines = media.pendingLines ?? media.lines;
  media.pendingLines = null;
  const at = remote.media.findIndex(
    (line, index) => line.kind === 'audio' && line.port !== 0 && (local.media[index]?.port ?? 0) !== 0,
  );
  const answer = (by === 'us' ? local : remote).media[at];
  if (answer !== undefined) media.codec = agreedCodec(answer);
}

function failed(failure: NegotiationFailure): { readonly ok: false; readonly cause: EndCause } {
  return { ok: false, cause: endCause(failure.code, { detail: failure.detail }) };
}
