/**
 * All that a session remembers, as plain data: what another process needs to go on with it. Requests under way are not part of it; their outcome
 * is lost with the process that sent them, and the session stands on what was last agreed.
 */
import type { DialogState } from '../dialog/dialog.ts';
import { newOfferAnswer, type OfferAnswerState } from '../dialog/offer-answer.ts';
import { newSessionTimer, type SessionTimerState } from '../dialog/session-timer.ts';
import { stringIntoBytes } from '../message/text.ts';
import type { SocketAddress, TransportKind } from '../transport/flow.ts';
import { KeptBody } from './session-bodies.ts';

/**
 * calling, proceeding: caller, before any final. ringing: callee, before any final. accepted: the 2xx is there, its ACK is not. ending: our CANCEL or BYE
 * is under way.
 */
export type SessionPhase = 'calling' | 'proceeding' | 'ringing' | 'accepted' | 'confirmed' | 'ending' | 'ended';

/** What was said in one dialog: whose turn it is, and what each side said last and the other agreed to. */
export interface Exchange {
  readonly offerAnswer: OfferAnswerState;
  localBody: KeptBody | null;
  remoteBody: KeptBody | null;
}

/** Where we are in the reliable provisionals of one fork to one INVITE of ours (RFC 3262 §4). */
export interface ReliableOrder {
  /** RSeq of the last that was taken; 0: none. */
  rseq: number;
  /** It waits for its PRACK. */
  isPrackDue: boolean;
}

/** Of a caller, before the 2xx: one per fork that has rung (RFC 3261 §12.1.2), each with its own offers and answers. */
export interface EarlyDialog extends Exchange, ReliableOrder {
  readonly dialog: DialogState;
}

export interface SessionState extends Exchange {
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  phase: SessionPhase;
  /** Callee: from the first provisional with a tag. Caller: from the first 2xx. */
  dialog: DialogState | null;
  /** Caller. */
  early: EarlyDialog[];
  readonly timer: SessionTimerState;
  /** CSeq of the last INVITE of ours that got a 2xx, or of theirs that we gave one. */
  inviteSeq: number;
  /** The peer's Allow names UPDATE. */
  peerAllowsUpdate: boolean;
  followsContact: boolean;
}

export function newSessionState(role: 'uac' | 'uas', callId: string): SessionState {
  return {
    role,
    callId,
    phase: role === 'uac' ? 'calling' : 'ringing',
    dialog: null,
    early: [],
    offerAnswer: newOfferAnswer(),
    timer: newSessionTimer(),
    inviteSeq: 0,
    localBody: null,
    remoteBody: null,
    peerAllowsUpdate: false,
    followsContact: false,
  };
}

/** Where the peer was last heard from. */
export interface StoredFlow {
  readonly kind: TransportKind;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
}

/** A body in JSON: one character per byte. */
export interface StoredBody {
  readonly type: string;
  readonly text: string;
}

/** JSON. Made by `Session.snapshot`, taken up by `UserAgent.restore`. */
export interface SessionSnapshot {
  /** Grows with the shape. */
  readonly schema: 1;
  readonly role: 'uac' | 'uas';
  /** accepted: a 2xx was sent or received, its ACK was not seen or sent. */
  readonly phase: 'accepted' | 'confirmed';
  readonly dialog: DialogState;
  readonly timer: SessionTimerState;
  readonly inviteSeq: number;
  readonly localBody: StoredBody | null;
  readonly remoteBody: StoredBody | null;
  readonly peerAllowsUpdate: boolean;
  readonly followsContact: boolean;
  readonly flow: StoredFlow | null;
  /** When the session timer ends the session; null: no timer runs, or there is no wall clock. */
  readonly expiresUtcMs: number | null;
  /** Our 2xx that waits for its ACK, to be repeated. `wasAsked`: it has our offer, the ACK brings the answer. */
  readonly unacknowledged: { readonly text: string; readonly wasAsked: boolean } | null;
  /** What a change of the peer's that waits for the user is told on return: 500, try again. */
  readonly refusal: string | null;
  /** The peer's 2xx waits for our ACK. */
  readonly isAckDue: boolean;
}

/** An INVITE that has no final response, as JSON. Made by `Session.openInvite`, ended by `abandonInvite`. */
export interface OpenInvite {
  /** Grows with the shape. */
  readonly schema: 1;
  readonly role: 'uac' | 'uas';
  /** Its Request-URI. */
  readonly uri: string;
  /** The request with its Vias, one character per byte; the peer's without its body, which nobody needs to refuse it. */
  readonly text: string;
  /** Callee: our tag in the provisionals. */
  readonly toTag: string | null;
  readonly flow: StoredFlow;
}

export function bodyFromStored(stored: StoredBody | null): KeptBody | null {
  return stored === null ? null : new KeptBody(stored.type, stored.text);
}

export function bytesFromText(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  stringIntoBytes(text, bytes, 0);
  return bytes;
}
