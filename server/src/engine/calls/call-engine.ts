/**
 * The engine: holds the live calls, gives each input to the verb that it is for, and knows which calls a turn has changed, so that the driver
 * can write them to the append log before anything is sent. One input runs to completion; nothing here waits.
 */

import type { LocalStream, MediaCommand, MediaError, SessionEvent } from '@ringdown/media/protocol';
import type { TimeSource } from '#base/clock';
import type { CallId, IdSource, LegId, TrunkId } from '#base/ids';
import { callerAcknowledged, callerAnsweredEarly, legAnswered } from './answering.ts';
import type { CallContext, CallEventType, CallSettings } from './call-context.ts';
import {
  type CallPlan,
  type CallState,
  callerLeg,
  callStateSchema,
  findLeg,
  isAlive,
  joinedLeg,
  type LegState,
  noteHandover,
} from './call-state.ts';
import { beginStep, branchFailed, dialLegs, legRinging, ringTimeOver } from './dialing.ts';
import { changeEarly } from './early-change.ts';
import { type EndCause, endCause } from './end-cause.ts';
import { endCall, legEnded } from './ending.ts';
import { placeEdge } from './handover.ts';
import { incomingLeg } from './incoming-leg.ts';
import type { IncomingCall, LegCommand, LegEdge, LegEvent, LegPlace, Referral, Replacing } from './leg-port.ts';
import { isBeingAnchored, stayDirect } from './media-plan.ts';
import {
  carryReoffer,
  legReacknowledged,
  legReanswered,
  legReofferCancelled,
  legReoffered,
  legReofferRefused,
  refuseNewLines,
  tellUntold,
} from './reoffering.ts';
import { wakeCall } from './resting.ts';
import { type LeftCall, resumeCall } from './resuming.ts';
import { answerService, beginService } from './serving.ts';
import { hasStreams, isShortage, mediaFailure, streamsOpened } from './streams.ts';
import {
  beginTakingPlace,
  callIsOver,
  forgetNewcomer,
  goOnTakingPlace,
  newcomerAcknowledged,
  placeRefusal,
} from './taking-place.ts';
import { Transfers, transferObstacle } from './transfers.ts';
import { waitAlone } from './waiting.ts';

export interface CallEngineOptions {
  readonly time: TimeSource;
  readonly ids: IdSource;
  readonly settings: CallSettings;
  readonly edge: (name: string) => LegEdge | undefined;
  readonly media: (call: CallState, command: MediaCommand) => void;
  readonly tell: (call: CallState, type: CallEventType, leg: LegState | null) => void;
  /** Arms one timer per call; `afterMs` null disarms. The owner calls `ringTimeOver`. */
  readonly ringTimer: (callId: CallId, afterMs: number | null) => void;
}

/** The calls that a turn has changed, ended ones among them. */
export interface ChangedCalls {
  /** To be written before anything is sent. */
  readonly atOnce: readonly CallState[];
  /** A process that does not know of the change does right by every peer: it may be written a little later. */
  readonly mayWait: readonly CallState[];
}

/** What these bring has nothing to do with descriptions: a call at rest stays so. */
const readsNothing: ReadonlySet<LegEvent['type']> = new Set(['ended', 'refreshed', 'informed']);

export class CallEngine {
  readonly #calls = new Map<CallId, CallState>();
  readonly #byLeg = new Map<LegId, CallState>();
  readonly #bySession = new Map<string, CallState>();
  readonly #changed = new Set<CallState>();
  readonly #changedALittle = new Set<CallState>();
  readonly #options: CallEngineOptions;
  readonly #ctx: CallContext;
  readonly #transfers: Transfers;

  constructor(options: CallEngineOptions) {
    this.#options = options;
    this.#ctx = {
      time: options.time,
      ids: options.ids,
      settings: options.settings,
      leg: (edge, command) => this.#perform(edge, command),
      media: options.media,
      mediaAddress: (edge, leg) => this.#mediaAddress(edge, leg),
      peerPlace: (edge, leg) => options.edge(edge)?.peerPlace?.(leg) ?? null,
      tell: options.tell,
      ringTimer: (call, afterMs) => options.ringTimer(call.callId, afterMs),
    };
    this.#transfers = new Transfers({
      ctx: this.#ctx,
      find: (callId) => this.#calls.get(callId),
      changed: (call) => {
        this.#changed.add(call);
        this.#forgetLegs(call);
      },
    });
  }

  /** A new call with its caller's leg; what to do with it comes by `carryOut`. */
  begin(incoming: IncomingCall): CallState {
    const call = newCall(this.#ctx, incoming);
    this.#adopt(call);
    this.#ctx.tell(call, 'call.started', callerLeg(call));
    return call;
  }

  /** The leg whose place another is to take, and its call; `cause`: why that cannot be. */
  replaceable(
    replacing: Replacing,
  ): { readonly call: CallState; readonly leg: LegState } | { readonly cause: EndCause } {
    const call = this.#byLeg.get(replacing.legId);
    const leg = call === undefined ? undefined : findLeg(call, replacing.legId);
    if (call === undefined || leg === undefined) return { cause: callIsOver };
    const cause = placeRefusal(call, replacing);
    return cause === null ? { call, leg } : { cause };
  }

  /** A leg that has come in takes the place of one that is `replaceable`. */
  takePlace(call: CallState, incoming: IncomingCall, replacing: Replacing): void {
    wakeCall(call);
    this.#changed.add(call);
    beginTakingPlace(this.#ctx, call, incoming, replacing);
    this.#forgetLegs(call);
  }

  carryOut(call: CallState, plan: CallPlan): void {
    call.plan = plan;
    this.#changed.add(call);
    if (plan.kind === 'refuse') endCall(this.#ctx, call, plan.cause);
    else if (plan.kind === 'serve') beginService(this.#ctx, call);
    else beginStep(this.#ctx, call, 0);
    this.#transfers.settle();
  }

  /** The call that a leg is of, while it lives. */
  callOf(legId: LegId): CallState | undefined {
    return this.#byLeg.get(legId);
  }

  /** Why the peer of this leg cannot transfer the other party now; null: it can. */
  transferObstacle(legId: LegId): EndCause | null {
    const call = this.#byLeg.get(legId);
    const by = call === undefined ? undefined : findLeg(call, legId);
    return call === undefined || by === undefined ? endCause('dialog-gone') : transferObstacle(call, by);
  }

  /** Blind: the other party of a leg's call is to talk to whom `plan` rings. `incoming` is that call, with a leg of `placeEdge`. */
  transfer({ legId, referId }: Referral, incoming: IncomingCall, plan: CallPlan): void {
    const call = this.#byLeg.get(legId);
    const by = call === undefined ? undefined : findLeg(call, legId);
    if (call === undefined || by === undefined || transferObstacle(call, by) !== null) return;
    this.#changed.add(call);
    const to = this.begin(incoming);
    noteHandover(to, { fromCallId: call.callId });
    this.#transfers.begin(call, by, { referId, to, place: callerLeg(to) });
    this.carryOut(to, plan);
  }

  /** Attended: it is to talk to whom another leg of the same peer talks to, or rings. */
  transferTo({ legId, referId }: Referral, placeLegId: LegId): void {
    const call = this.#byLeg.get(legId);
    const by = call === undefined ? undefined : findLeg(call, legId);
    const to = this.#byLeg.get(placeLegId);
    const own = to === undefined ? undefined : findLeg(to, placeLegId);
    if (call === undefined || by === undefined || to === undefined || own === undefined) return;
    if (transferObstacle(call, by) !== null) return;
    for (const one of [call, to]) {
      this.#changed.add(one);
      wakeCall(one);
    }
    const place = to.phase === 'up' ? own : this.#transfers.keepPlace(to);
    this.#forgetLegs(to);
    this.#transfers.begin(call, by, { referId, to, place });
    this.#transfers.settle();
  }

  refuseTransfer({ legId, referId }: Referral, cause: EndCause): void {
    const call = this.#byLeg.get(legId);
    const edge = call === undefined ? undefined : findLeg(call, legId)?.edge;
    this.#perform(edge ?? '', { type: 'refuse-refer', legId, referId, cause });
  }

  onLegEvent(event: LegEvent): void {
    const call = this.#byLeg.get(event.legId);
    const leg = call === undefined ? undefined : findLeg(call, event.legId);
    if (call === undefined || leg === undefined || leg.phase === 'ended') return;
    (mayWait(call, leg, event) ? this.#changedALittle : this.#changed).add(call);
    this.#dispatch(call, leg, event);
    this.#forgetLegs(call);
    this.#transfers.settle();
  }

  #dispatch(call: CallState, leg: LegState, event: LegEvent): void {
    const ctx = this.#ctx;
    if (!readsNothing.has(event.type)) wakeCall(call);
    switch (event.type) {
      case 'ringing':
        legRinging(ctx, call, leg, event);
        break;
      case 'answered':
        legAnswered(ctx, call, leg, event);
        break;
      case 'answered-early':
        callerAnsweredEarly(ctx, call, leg, event.description);
        break;
      case 'acknowledged':
        if (!newcomerAcknowledged(ctx, call, leg, event)) callerAcknowledged(ctx, call, leg, event);
        break;
      case 'reoffered':
        if (call.phase === 'up') legReoffered(ctx, call, leg, event.description);
        else changeEarly(ctx, call, leg, event);
        break;
      case 'reoffer-cancelled':
        legReofferCancelled(ctx, call, leg);
        break;
      case 'reanswered':
        legReanswered(ctx, call, leg, event.description);
        break;
      case 'reoffer-refused':
        legReofferRefused(ctx, call, leg, event.cause);
        break;
      case 'reacknowledged':
        legReacknowledged(ctx, call, leg, event.description);
        break;
      case 'refreshed':
        break;
      case 'informed':
        this.#inform(call, leg, event);
        break;
      case 'ended':
        legEnded(ctx, call, leg, event.cause);
        waitAlone(ctx, call, leg);
        forgetNewcomer(ctx, call, leg);
        branchFailed(ctx, call);
        break;
    }
  }

  #inform(call: CallState, leg: LegState, event: Extract<LegEvent, { type: 'informed' }>): void {
    const other = joinedLeg(call, leg);
    if (other === undefined) return;
    this.#perform(other.edge, { ...event, type: 'inform', legId: other.legId });
  }

  /** Calls that use this trunk now: those that came in by it, and one for each leg that goes out by it. */
  channelsOf(trunk: TrunkId): number {
    let used = 0;
    for (const call of this.#calls.values()) {
      used += channelsIn(call, trunk);
    }
    return used;
  }

  /** The call whose audio a session of the media engine carries. */
  callOfSession(sessionId: string): CallState | undefined {
    return this.#bySession.get(sessionId);
  }

  /** The engine's reply to openSession or addStream. */
  onStreamsOpened(sessionId: string, streams: readonly LocalStream[]): void {
    const call = this.#bySession.get(sessionId);
    if (call === undefined || call.phase === 'ended') return;
    this.#changed.add(call);
    const isAnchoring = isBeingAnchored(call);
    if (call.handover !== null) wakeCall(call);
    streamsOpened(call, streams);
    if (call.plan.kind === 'serve') answerService(this.#ctx, call);
    else dialLegs(this.#ctx, call);
    goOnTakingPlace(this.#ctx, call);
    for (const leg of call.legs) if (leg.reoffer === 'theirs') carryReoffer(this.#ctx, call, leg);
    if (isAnchoring || call.handover !== null) tellUntold(this.#ctx, call);
    this.#transfers.settle();
  }

  /** The media engine refused, or the process that carried the session is gone. */
  onMediaFailure(sessionId: string, error: MediaError): void {
    const call = this.#bySession.get(sessionId);
    if (call === undefined || call.phase === 'ended') return;
    this.#changed.add(call);
    this.#mediaFailed(call, error);
    this.#transfers.settle();
  }

  #mediaFailed(call: CallState, error: MediaError): void {
    if (isBeingAnchored(call)) {
      refuseNewLines(this.#ctx, call, mediaFailure(error));
      stayDirect(call);
      return;
    }
    const isOpen = call.media.state === 'open' && isShortage(error);
    if (isOpen && call.phase === 'up' && !isUnheard(call)) {
      refuseNewLines(this.#ctx, call, mediaFailure(error));
      return;
    }
    if (!isOpen) call.media.state = 'lost';
    endCall(this.#ctx, call, mediaFailure(error));
  }

  onMediaEvent(event: SessionEvent): void {
    const call = this.#bySession.get(event.sessionId);
    if (call === undefined || call.phase === 'ended' || event.number <= call.media.eventNumber) return;
    (event.type === 'quality' ? this.#changedALittle : this.#changed).add(call);
    call.media.eventNumber = event.number;
    const leg = 'streamId' in event ? legOfStream(call, event.streamId) : undefined;
    if (event.type === 'streamTimeout') {
      if (call.phase === 'up' && leg !== undefined && isHeard(call, leg, event.streamId))
        endSilent(this.#ctx, call, { leg, silentMs: event.silentMs, atUtcMs: event.atUtcMs });
    } else if (event.type === 'sessionClosed') {
      call.media.lastRtpUtcMs = event.lastRtpAtUtcMs;
      if (event.reason === 'orphaned') call.overUtcMs = event.lastRtpAtUtcMs;
      if (event.reason !== 'commanded')
        this.onMediaFailure(event.sessionId, { code: 'internal', detail: event.reason });
    } else if (event.type === 'quality' && leg !== undefined) noteQuality(call, leg, event.statistics);
  }

  ringTimeOver(callId: CallId): void {
    const call = this.#calls.get(callId);
    if (call === undefined) return;
    this.#changed.add(call);
    ringTimeOver(this.#ctx, call);
    this.#transfers.settle();
  }

  hangUp(callId: CallId, cause: EndCause): boolean {
    const call = this.#calls.get(callId);
    if (call === undefined || call.phase === 'ended') return false;
    this.#changed.add(call);
    endCall(this.#ctx, call, cause);
    this.#transfers.settle();
    return true;
  }

  calls(): Iterable<CallState> {
    return this.#calls.values();
  }

  find(callId: string): CallState | undefined {
    return this.#calls.get(callId as CallId);
  }

  get size(): number {
    return this.#calls.size;
  }

  /** The calls that changed since the last time, ended ones among them; those are forgotten here. */
  takeChanged(): ChangedCalls {
    const atOnce = [...this.#changed];
    const mayWait = [...this.#changedALittle].filter((call) => !this.#changed.has(call));
    this.#changed.clear();
    this.#changedALittle.clear();
    for (const call of [...atOnce, ...mayWait]) if (call.phase === 'ended') this.#forget(call);
    return { atOnce, mayWait };
  }

  /** Takes up a call of an earlier process, whose legs are at their edges again as far as they could be. False: it is being ended. */
  resume(call: CallState, left: LeftCall): boolean {
    this.#adopt(call);
    const goesOn = resumeCall(this.#ctx, call, left);
    this.#forgetLegs(call);
    return goesOn;
  }

  /** Puts a state in the place of the one it is a copy of. */
  adopt(call: CallState): void {
    this.#adopt(call);
  }

  #adopt(call: CallState): void {
    this.#calls.set(call.callId, call);
    this.#bySession.set(call.media.sessionId, call);
    this.#changed.add(call);
    this.#forgetLegs(call);
  }

  /** Legs come and go while a call lives: the index follows. */
  #forgetLegs(call: CallState): void {
    for (const leg of call.legs) {
      if (leg.phase !== 'ended') this.#byLeg.set(leg.legId, call);
      // A leg that went over to another call lives on there.
      else if (this.#byLeg.get(leg.legId)?.callId === call.callId) this.#byLeg.delete(leg.legId);
    }
  }

  #forget(call: CallState): void {
    this.#calls.delete(call.callId);
    this.#bySession.delete(call.media.sessionId);
    for (const leg of call.legs) if (this.#byLeg.get(leg.legId)?.callId === call.callId) this.#byLeg.delete(leg.legId);
  }

  #mediaAddress(edge: string, leg: LegPlace): string | null {
    const leaver = edge === placeEdge && leg.legId !== null ? this.#transfers.leaverOf(leg.legId) : undefined;
    if (leaver === undefined) return this.#options.edge(edge)?.mediaAddress?.(leg) ?? null;
    const { legId, destination, edge: own } = leaver.leg;
    return this.#options.edge(own)?.mediaAddress?.({ legId, tenantId: leaver.call.tenantId, destination }) ?? null;
  }

  #perform(edgeName: string, command: LegCommand): void {
    const call = 'callId' in command ? this.#calls.get(command.callId) : undefined;
    if (call !== undefined) this.#byLeg.set(command.legId, call);
    if (edgeName === placeEdge) {
      this.#transfers.perform(command);
      return;
    }
    this.#options.edge(edgeName)?.perform(command);
  }
}

/**
 * Before the answer a restart ends the call whatever has rung; a 2xx that is repeated is acknowledged again; an end that we wait for is asked for
 * again.
 */
function mayWait(call: CallState, leg: LegState, event: LegEvent): boolean {
  switch (event.type) {
    case 'ringing':
      return true;
    case 'acknowledged':
      return leg.media.offered && leg.earlySource === null && call.takingPlace === null;
    case 'ended':
      return call.phase === 'ending';
    default:
      return false;
  }
}

function newCall(ctx: CallContext, incoming: IncomingCall): CallState {
  return {
    schema: callStateSchema,
    callId: ctx.ids.next('call'),
    tenantId: incoming.tenantId,
    origin: incoming.origin,
    from: incoming.from,
    to: incoming.to,
    identity: incoming.identity ?? null,
    crossing: incoming.crossing,
    createdUtcMs: incoming.receivedUtcMs,
    phase: 'routing',
    plan: { kind: 'refuse', cause: endCause('internal-error', { detail: 'no decision was made' }) },
    step: -1,
    ringDeadlineUtcMs: null,
    legs: [newCaller(ctx, incoming)],
    joinedLegId: null,
    takingPlace: null,
    media: { sessionId: ctx.ids.next('session'), state: 'none', directCodecs: [], lastRtpUtcMs: null, eventNumber: 0 },
    cause: null,
    endedUtcMs: null,
    overUtcMs: null,
    eventNumber: 0,
    handover: null,
  };
}

function newCaller(ctx: CallContext, incoming: IncomingCall): LegState {
  const leg = incomingLeg(incoming, ctx.settings.codecs);
  return incoming.offer === null && incoming.ringsReliably === true ? { ...leg, offeredEarly: true } : leg;
}

/** A call that came in by a trunk has its channel to the end; what came in by one and was transferred, and what goes out by one, while the leg lives. */
function channelsIn(call: CallState, trunk: TrunkId): number {
  const { origin, handover } = call;
  const [first] = call.legs;
  const isThere = call.phase !== 'ended' && (handover === null || first?.phase !== 'ended');
  let used = isThere && origin.kind === 'trunk' && origin.trunkId === trunk ? 1 : 0;
  for (const leg of call.legs) {
    if (leg.destination?.kind === 'trunk' && leg.destination.trunkId === trunk && isAlive(leg)) used += 1;
  }
  for (const { legId, origin: own } of handover?.arrived ?? []) {
    const leg = findLeg(call, legId);
    if (own.kind === 'trunk' && own.trunkId === trunk && leg !== undefined && isAlive(leg)) used += 1;
  }
  return used;
}

function legOfStream(call: CallState, streamId: string): LegState | undefined {
  return call.legs.find((leg) => leg.media.streams.some((stream) => stream?.streamId === streamId));
}

/** Silence counts on the voice of the two that talk: not on a picture, not on a device that only rang. */
function isHeard(call: CallState, leg: LegState, streamId: string): boolean {
  const stream = leg.media.streams.find((one) => one?.streamId === streamId);
  return stream?.kind === 'audio' && (leg === callerLeg(call) || leg.legId === call.joinedLegId);
}

interface Silence {
  readonly leg: LegState;
  readonly silentMs: number;
  readonly atUtcMs: number;
}

/** The call was over when its last packet came, whoever sent it. */
function endSilent(ctx: CallContext, call: CallState, { leg, silentMs, atUtcMs }: Silence): void {
  const { media } = call;
  media.lastRtpUtcMs = Math.max(media.lastRtpUtcMs ?? 0, atUtcMs - silentMs);
  call.overUtcMs = media.lastRtpUtcMs;
  const detail = `nothing heard from ${leg.party.user} for ${Math.round(silentMs / 1000)} s`;
  endCall(ctx, call, endCause('media-timeout', { detail, fault: leg.role }));
}

/** A party that came by a transfer has no streams yet: without them nobody would hear it. */
function isUnheard(call: CallState): boolean {
  return call.handover !== null && call.legs.some((leg) => leg.phase === 'up' && !hasStreams(call, leg));
}

function noteQuality(
  call: CallState,
  leg: LegState,
  statistics: Extract<SessionEvent, { type: 'quality' }>['statistics'],
): void {
  const { received } = statistics;
  call.media.lastRtpUtcMs = statistics.lastRtpAtUtcMs ?? call.media.lastRtpUtcMs;
  leg.quality = {
    packets: received.packets,
    lost: received.lost,
    jitterMs: received.jitterMs,
    roundTripMs: statistics.roundTripMs,
    mos: received.mos,
  };
}
