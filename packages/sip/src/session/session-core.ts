/** What the verbs of a session see of the whole, and the whole of its user agent. */

import type { DialogState } from '../dialog/dialog.ts';
import type { DialogId } from '../dialog/dialog-id.ts';
import type { SessionTimerSettings } from '../dialog/session-timer.ts';
import type { RAck } from '../message/rack.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { BytesToString } from '../message/text.ts';
import type { ClientTransaction, ClientTransactionUser, ServerTransaction } from '../transaction/transaction-port.ts';
import type { FailedTargets } from '../transport/failed-targets.ts';
import type { Flow, Target } from '../transport/flow.ts';
import type {
  HeaderPair,
  InviteOptions,
  Replaced,
  Session,
  SessionBody,
  SessionEnd,
  SessionUser,
} from './session-port.ts';
import type { Exchange, SessionState } from './session-state.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

/** The user agent, as its sessions see it. */
export interface SessionAgent {
  readonly options: UserAgentOptions;
  readonly sessionTimer: SessionTimerSettings;
  /** Value of Supported. */
  readonly supported: string;
  /** The same without 100rel. */
  readonly supportedOtherwise: string;
  readonly failedTargets: FailedTargets;
  /** Bytes to one character each. */
  readonly decode: BytesToString;
  readonly t1Ms: number;
  readonly t2Ms: number;
  /** @param allow of this message, the first row: phones say the same in each. */
  allowsUpdate(allow: string, message: SipRequest | SipResponse): boolean;
  adopt(dialog: DialogState, session: SessionCore): void;
  forget(dialog: DialogId): void;
  /** Acknowledges and ends a 2xx that nobody wants. */
  dismiss(response: SipResponse, flow: Flow): void;
}

/** Our INVITE before its 2xx; see invite.ts. */
export interface OwnInvite {
  /** The attempt that is on; null before the first. */
  readonly transaction: ClientTransaction | null;
  readonly credentials: readonly HeaderPair[];
  readonly body: SessionBody | null;
  /** See prack.ts. */
  acknowledge(fork: string, body: SessionBody | null, headers: readonly HeaderPair[]): boolean;
  cancel(reasonHeader: string | undefined): void;
  stop(): void;
}

/** The peer's INVITE before our final; see progress.ts. */
export interface PeerInvite {
  readonly transaction: ServerTransaction;
  readonly toTag: string;
  /** From the first that was sent. */
  readonly reliable: ReliableProgress | undefined;
  /** What `accept` wanted to say, while a PRACK is awaited. */
  held: HeldAccept | undefined;
  /** A PRACK has come, and what it offered was answered: what waited for that may go on. */
  goOn(): void;
  stop(): void;
}

/** See reliable-progress.ts. */
export interface ReliableProgress {
  /** One waits for its PRACK. */
  readonly isOpen: boolean;
  /** One that carried a description waits for its PRACK. */
  readonly isDescriptionOpen: boolean;
  /** At least one has its PRACK. */
  readonly isAcknowledged: boolean;
  /** True: it is the one that waits, which is repeated no more. */
  acknowledge(rack: RAck): boolean;
}

export interface HeldAccept {
  readonly body: SessionBody;
  readonly headers: readonly HeaderPair[];
}

/** A 2xx of ours until its ACK; see repeat-success.ts. */
export interface Repetition {
  readonly seq: number;
  readonly response: SipResponse;
  /** The INVITE had no offer, so the ACK brings the answer. */
  readonly wasAsked: boolean;
  stop(): void;
}

/** See ack.ts. */
export interface AckParts {
  readonly credentials: readonly HeaderPair[];
  readonly body: SessionBody | null;
}

/** Our re-INVITE or UPDATE; see own-change.ts. */
export interface OwnChange {
  readonly dialog: DialogState;
  /** False: it is none that CANCEL takes back. */
  cancel(): boolean;
  /** Between a 491 and the repetition, or until an ACK of the peer's. */
  readonly isPausing: boolean;
  /** The ACK of a 2xx of ours has come. */
  acknowledged(): void;
  /** The session ends: nothing is reported or repeated any more. */
  abandon(): void;
}

/** The session timer; see session-refresh.ts. */
export interface Refresh {
  /** Monotonic; null: no timer runs. */
  readonly expiresMs: number | null;
  /** Begins anew, as the session's state says. */
  begin(): void;
  /** A refresh of ours came to nothing: another while there is time. */
  again(): void;
  stop(): void;
}

export interface SessionCore extends Session {
  readonly agent: SessionAgent;
  readonly state: SessionState;
  readonly user: SessionUser | null;
  /** The way the peer was last heard from, or called by. */
  flow: Flow | null;
  authenticate: InviteOptions['authenticate'];
  ownInvite: OwnInvite | null;
  peerInvite: PeerInvite | null;
  repetition: Repetition | null;
  ownChange: OwnChange | null;
  /** The peer's re-INVITE, UPDATE, or PRACK with an offer that waits for the user. */
  peerChange: ServerTransaction | null;
  /** What our 2xx takes the place of (RFC 3891). */
  replacement: Replaced | null;
  /** A 2xx to our INVITE has come, and the user's `ack` is awaited. */
  isAckDue: boolean;
  /** What our last ACK of a 2xx had of its own, for when the 2xx comes again; null: nothing. */
  ackParts: AckParts | null;
  /** Callee: hang up when the ACK has come (RFC 3261 §15); undefined: no. */
  endAfterAck: { readonly reasonHeader?: string } | undefined;
  /** Our BYE is under way, and this is why. */
  pendingEnd: SessionEnd | null;
  /** What the user agent puts on every message, and Session-ID where the session has one. */
  readonly usual: readonly HeaderPair[];
  /** Our Contact towards the peer. */
  readonly contact: HeaderPair;
  /** Asked for by SIPS. */
  readonly isSecure: boolean;
  /** Contact and Supported: on whatever refreshes the target. */
  readonly refreshing: readonly HeaderPair[];
  /** See session-refresh.ts. */
  readonly refresh: Refresh;
  /** What was said in a dialog of this session; undefined: it is of a fork that is over. */
  exchangeIn(dialog: DialogState): Exchange | undefined;
  /** The dialog with that remote tag, early or not. */
  dialogWith(remoteTag: string): DialogState | undefined;
  /** The one dialog there is, or that of a fork. */
  buildIn(
    dialog: DialogState,
    request: { readonly method: string; readonly headers: readonly HeaderPair[]; readonly body: SessionBody | null },
  ): SipRequest;
  sendIn(dialog: DialogState, request: SipRequest, user: ClientTransactionUser): ClientTransaction;
  build(method: string, headers: readonly HeaderPair[], body: SessionBody | null, seq?: number): SipRequest;
  respondTo(
    request: SipRequest,
    status: number,
    parts?: { readonly reason?: string; readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody },
  ): SipResponse;
  send(request: SipRequest, user: ClientTransactionUser): ClientTransaction;
  target(): Target;
  /** Before a request that names our Contact: our own address may be another than before. */
  renewFlow(): void;
  /** Allow and Session-ID of the peer's message. */
  learnAllow(message: SipRequest | SipResponse): void;
  /** Allow and Contact of the peer's message. */
  learn(message: SipRequest | SipResponse): void;
  /** The session is over; the user is told outside of whatever verb or input is running. */
  over(end: SessionEnd): void;
  /** What the user agent found to be for this session. */
  receive(transaction: ServerTransaction): void;
  receiveAck(ack: SipRequest): void;
  repeatAck(seq: number): void;
}
