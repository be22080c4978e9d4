/**
 * A call as plain data: everything that a fresh process needs to go on with it. Written whole to the append log whenever a turn changed it
 * (docs/adr/0001), so nothing here may be a function, a handle or a timer; timers are kept as deadlines and armed anew.
 */
import type { CallId, LegId, SessionId, TenantId } from '#base/ids';
import type { LegMedia } from '#engine/media';
import type { EndCause } from './end-cause.ts';
import type { Handover, Transfer } from './handover.ts';
import type {
  CallerIdentity,
  Crossing,
  IncomingCall,
  LegDestination,
  Party,
  Replacing,
  SentOn,
  ToldIdentity,
} from './leg-port.ts';

/** Grows when the shape changes; the reader of the log knows this one and the one before. */
export const callStateSchema = 2;

/** What answers inside the server, without a second leg. */
export type Service = 'echo' | 'tone' | 'music' | 'clock';

/** One place to ring, with the policy of the device or trunk behind it. */
export interface DialTarget {
  readonly edge: string;
  readonly destination: LegDestination;
  readonly to: Party;
  readonly from: Party;
  /** What it is told of the caller beside `from`. Absent: nothing. */
  readonly told?: ToldIdentity;
  /** What the caller is told of it when it answers. Absent: nothing. */
  readonly answeredAs?: ToldIdentity;
  /** Absent: it is whom the call came for. */
  readonly sentOn?: SentOn;
  /** How it should ring where the caller does not say; absent: as always. */
  readonly alert?: string;
  /** Codec names in order of preference; see #engine/media. */
  readonly codecs: readonly string[];
  /** By their settings media may go straight between this one and the caller, in the codecs of the lists they have of their own (none: any). Absent: relayed. */
  readonly direct?: { readonly codecs: readonly string[] };
}

/** Rung together; the next step follows when all of them failed or the time is over. */
export interface DialStep {
  readonly targets: readonly DialTarget[];
  readonly ringMs: number;
}

/** What a service decided about a call. */
export type CallPlan =
  | { readonly kind: 'refuse'; readonly cause: EndCause }
  | { readonly kind: 'serve'; readonly service: Service }
  | { readonly kind: 'dial'; readonly steps: readonly DialStep[] };

/**
 * new: known, nothing sent. dialing: INVITE is out. ringing: a provisional came or went. answered: 2xx came or went.
 * up: both sides have the session. ending: our end was sent. ended: over.
 */
export type LegPhase = 'new' | 'dialing' | 'ringing' | 'answered' | 'up' | 'ending' | 'ended';

/** A change of media under way on this leg. */
export type Reoffer =
  /** The peer wants a change and waits for our answer. */
  | 'theirs'
  /** The peer asked for an offer; we sent one and wait for its answer in the ACK. */
  | 'theirs-asked'
  /** We passed the other side's wish on and wait. */
  | 'ours'
  /** We asked for an offer on the other side's behalf and wait; the answer goes back by `acknowledge`. */
  | 'ours-asked'
  /** An offer of our own, for which no other leg waits: what was agreed over there is said here. */
  | 'own'
  | null;

export interface LegState {
  readonly legId: LegId;
  readonly edge: string;
  /** On which side of the call it is; the first leg is the caller now, where others were before. */
  readonly role: 'caller' | 'callee';
  readonly party: Party;
  readonly destination: LegDestination | null;
  phase: LegPhase;
  reoffer: Reoffer;
  /** Which step of the dial plan it belongs to; -1 for the caller. */
  readonly step: number;
  /** The fork whose early media the caller hears; null while it hears none of this leg. */
  earlySource: string | null;
  media: LegMedia;
  /** Of a caller without an offer: it can be offered something before the answer. Not stored: a call that is not answered is ended. */
  readonly offeredEarly?: true;
  /** As in `DialTarget`; not stored, for the same reason. */
  readonly answeredAs?: ToldIdentity;
  /** What this party calls the session (RFC 7989). Not stored: after a restart nothing is said of it. */
  sessionId?: string;
  /** This party has put the other on hold. */
  held: boolean;
  readonly startedUtcMs: number;
  rangUtcMs: number | null;
  answeredUtcMs: number | null;
  endedUtcMs: number | null;
  cause: EndCause | null;
  joins: LegJoin[];
  /** Last quality report of the media engine for what came from this leg. */
  quality: LegQuality | null;
}

/** Which leg this one was joined to, and when. */
export interface LegJoin {
  readonly withLegId: LegId;
  readonly fromUtcMs: number;
  toUtcMs: number | null;
}

export interface LegQuality {
  readonly packets: number;
  readonly lost: number;
  /** RFC 3550 §6.4.1 interarrival jitter, milliseconds. */
  readonly jitterMs: number;
  readonly roundTripMs: number | null;
  /** ITU-T G.107 estimate, 1 to 4.5. */
  readonly mos: number | null;
}

/**
 * routing: begun, no decision. opening: waits for the media engine's ports. dialing: legs ring. answering: caller's ACK with the answer
 * is awaited. up: joined. ending: legs are being ended. ended: CDR may be closed.
 */
export type CallPhase = 'routing' | 'opening' | 'dialing' | 'up' | 'ending' | 'ended';

export interface CallState {
  readonly schema: number;
  readonly callId: CallId;
  readonly tenantId: TenantId;
  readonly origin: IncomingCall['origin'];
  /** As shown. */
  readonly from: Party;
  readonly to: Party;
  /** Null: `from` says it all. */
  readonly identity: CallerIdentity | null;
  readonly crossing: Crossing;
  readonly createdUtcMs: number;
  phase: CallPhase;
  plan: CallPlan;
  /** Index of the step being rung. */
  step: number;
  /** Monotonic deadlines become wall deadlines in the log. */
  ringDeadlineUtcMs: number | null;
  legs: LegState[];
  /** The callee leg joined to the caller, or null. */
  joinedLegId: LegId | null;
  /** A leg that has come in is about to take the place of another (taking-place.ts); null: none. Not stored. */
  takingPlace: TakingPlace | null;
  media: {
    readonly sessionId: SessionId;
    /** direct: the parties send to each other, and no session is opened (media-plan.ts). */
    state: 'none' | 'direct' | 'opening' | 'open' | 'lost' | 'closed';
    /** While it is direct: what may be spoken by the lists that the parties have of their own; empty: anything. */
    directCodecs: readonly string[];
    lastRtpUtcMs: number | null;
    /** Number of the last event of the session that was taken in; 0: none. */
    eventNumber: number;
  };
  /** Why the whole call ended; set when the first act ended it. */
  cause: EndCause | null;
  endedUtcMs: number | null;
  /** When it was in fact over, where that is found out only later (silence, a process that died); null: when the last leg ended. */
  overUtcMs: number | null;
  /** Number of the last event told of this call. */
  eventNumber: number;
  /** Of transfers; null: none ever. */
  handover: Handover | null;
}

export interface TakingPlace extends Replacing {
  readonly newcomer: LegId;
}

/** The leg for which the others are or were rung: the first, or the one that has taken its place. */
export function callerLeg(call: CallState): LegState {
  const placed = call.handover?.callerLegId ?? null;
  const leg = placed === null ? call.legs[0] : findLeg(call, placed);
  if (leg === undefined) throw new CallStateBroken(call.callId, 'a call without a caller leg');
  return leg;
}

export function findLeg(call: CallState, legId: LegId): LegState | undefined {
  return call.legs.find((leg) => leg.legId === legId);
}

/** The leg that this one is joined to, or undefined. */
export function joinedLeg(call: CallState, leg: LegState): LegState | undefined {
  if (call.joinedLegId === null) return undefined;
  const caller = callerLeg(call);
  if (leg === caller) return findLeg(call, call.joinedLegId);
  return leg.legId === call.joinedLegId ? caller : undefined;
}

/** The device whose sound the caller hears before any has answered. */
export function heardLeg(call: CallState): LegState | undefined {
  const caller = callerLeg(call);
  return call.legs.find((leg) => leg !== caller && leg.earlySource !== null && isAlive(leg));
}

/** Callee legs of the step being rung that are still alive. */
export function ringingLegs(call: CallState): LegState[] {
  return call.legs.filter((leg) => leg.role === 'callee' && leg.step === call.step && isAlive(leg));
}

export function isAlive(leg: LegState): boolean {
  return leg.phase !== 'ending' && leg.phase !== 'ended';
}

/** Whether the parties send to each other, and the media engine has no part in it (media-plan.ts). */
export function isDirect({ media }: CallState): boolean {
  return media.state === 'direct';
}

const noHandover: Handover = { callerLegId: null, arrived: [], transfer: null, toCallId: null, fromCallId: null };

export function noteHandover(call: CallState, change: Partial<Handover>): void {
  call.handover = { ...(call.handover ?? noHandover), ...change };
}

/** The transfer that a party of the call has asked for and that is not over. */
export function transferOf({ handover }: CallState): Transfer | null {
  return handover === null ? null : handover.transfer;
}

/** Who a leg is that came in; undefined: it was dialled. */
export function originOf(call: CallState, leg: LegState): IncomingCall['origin'] | undefined {
  if (leg.destination !== null) return undefined;
  return call.handover?.arrived.find(({ legId }) => legId === leg.legId)?.origin ?? call.origin;
}

/** A defect of ours: the state of a call contradicts itself. */
export class CallStateBroken extends Error {
  readonly code = 'call-state-broken';
  constructor(callId: CallId, what: string) {
    super(`${callId}: ${what}`);
    this.name = 'CallStateBroken';
  }
}
