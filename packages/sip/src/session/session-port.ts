/**
 * The seam between an INVITE session (RFC 3261 §13, §14, §15; RFC 3311, RFC 4028) and whoever uses it: a phone, a back-to-back user agent.
 * Bodies are opaque here: the session keeps which side's body is an offer (RFC 3264, RFC 6337), not what it says.
 */
import type { SessionId } from '../call-information/session-id.ts';
import type { DialogId } from '../dialog/dialog-id.ts';
import type { Replaces } from '../message/replaces.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import type { Flow, Target, TransportFailure } from '../transport/flow.ts';
import type { HeaderPair, SessionBody } from './session-bodies.ts';
import type { OpenInvite, SessionPhase, SessionSnapshot } from './session-state.ts';

export type { DialogId } from '../dialog/dialog-id.ts';
export type { HeaderPair, SessionBody } from './session-bodies.ts';
export type { OpenInvite, SessionPhase, SessionSnapshot, StoredFlow } from './session-state.ts';

/** Reliable provisionals (RFC 3262): never, where the peer understands them, or only with a peer that does. */
export type Reliability = 'off' | 'supported' | 'required';

/**
 * Makes another message of one that is about to be sent: a dialect of the peer, an operator's rules. What holds transaction and dialog together (Via, From and To but for their
 * display names, Call-ID, CSeq, Contact, routes, the body's size) must stay as it is.
 */
export type Adapt = <M extends SipRequest | SipResponse>(message: M) => M;

export interface InviteOptions {
  /** Request-URI. */
  readonly uri: string;
  /** From and To as name-addr without tag. */
  readonly from: string;
  readonly to: string;
  readonly target: Target;
  /** Where to try next, in order, when a target does not answer or says 503 (RFC 3263 §4.3). */
  readonly alternatives?: readonly Target[];
  /** Other flows of the same user agent instance (RFC 5626 §7): tried after those, also when one says 430 (Flow Failed). */
  readonly instead?: readonly InvitePlace[];
  /** Preloaded route set: Path of a binding, an outbound proxy. */
  readonly route?: readonly string[];
  readonly headers?: readonly HeaderPair[];
  /** Null: an INVITE without an offer. */
  readonly body: SessionBody | null;
  readonly maxForwards?: number;
  /** Chosen by the owner where it wants to find the call again (docs/adr/0003); default: random. */
  readonly callId?: string;
  /**
   * Answers a 401 or 407: all Authorization and Proxy-Authorization headers to repeat the request with, or undefined to give up. Asked for every
   * request of the session, a few times per request.
   */
  readonly authenticate?: (challenge: SipResponse, request: SipRequest) => readonly HeaderPair[] | undefined;
  /** RFC 4028 Session-Expires to propose, seconds; 0: none proposed, the peer's wish is still honoured. Default: the user agent's. */
  readonly sessionExpiresSec?: number;
  /** Default: `supported` where the user agent's extensions have 100rel, else `off`. */
  readonly reliability?: Reliability;
  /** What we call the session (RFC 7989), 32 hex digits; default: a new identifier where the user agent uses them, else none. */
  readonly sessionId?: string;
  /** The dialog of the far side that this call is to take the place of (RFC 3891 §4); one that cannot do that refuses the call. */
  readonly replaces?: Replaces;
  /** See {@link Session.followsContact}. Default false. */
  readonly followsContact?: boolean;
  /** See {@link Session.adapt}. */
  readonly adapt?: Adapt | null;
}

/** A further place of the same callee, where another URI is asked for by another route. */
export interface InvitePlace {
  readonly uri: string;
  readonly route?: readonly string[];
  readonly target: Target;
}

/** Why a session is over. */
export interface SessionEnd {
  /**
   * rejected: a final response >= 300 to our INVITE (status); a 3xx's targets are the contacts of `message`. cancelled: CANCEL by the caller, or ours took effect. hung-up: BYE. timeout: no response at all
   * (408). transport: no connection. no-ack: our 2xx, or a reliable provisional of ours (504), was never acknowledged. expired: session timer. gone: 481 or 408 to an in-dialog request (RFC 5057).
   */
  readonly why: 'rejected' | 'cancelled' | 'hung-up' | 'timeout' | 'transport' | 'no-ack' | 'expired' | 'gone';
  readonly by: 'local' | 'remote';
  readonly status?: number;
  readonly reasonPhrase?: string;
  /** The Reason header of the BYE, CANCEL or response (RFC 3326), raw. */
  readonly reasonHeader?: string;
  readonly failure?: TransportFailure;
  /** The response or request that ended it, for its other headers. */
  readonly message?: SipRequest | SipResponse;
}

/** Told of what the peer does. Calls never nest inside a session's verb. */
export interface SessionUser {
  /**
   * Caller: 101-199. `fork` is the To-tag. Reported for each fork. A reliable one is acknowledged when this returns, unless `prack` was called meanwhile; with
   * `isOffer` its body is an offer, since our INVITE had none, and `prack` with the answer must follow.
   */
  onProvisional(session: Session, response: SipResponse, fork: string, isOffer: boolean): void;
  /** Callee: the PRACK of a reliable provisional; with the answer where that carried our offer. An offer in it comes by `onReoffer`. */
  onPracked?(session: Session, prack: SipRequest): void;
  /** Caller: the first 2xx; `ack` must follow. Later forks' 2xx are acknowledged and ended by the session itself. */
  onAccepted(session: Session, response: SipResponse, fork: string): void;
  /** Callee: the ACK of our 2xx; with the answer where the 2xx carried the offer. */
  onAcknowledged(session: Session, ack: SipRequest): void;
  /**
   * Re-INVITE or UPDATE that is not a mere refresh without a body, or an offer in a PRACK; `acceptReoffer` or `refuseReoffer` must follow. A re-INVITE without a body
   * asks for an offer. Before the 2xx the From tag of `request` says which fork it is of.
   */
  onReoffer(session: Session, request: SipRequest): void;
  /** The peer has taken its re-INVITE back before it was answered (CANCEL): nothing is to follow, all stands as before. */
  onReofferCancelled?(session: Session): void;
  /** ACK of a re-INVITE that had asked us for an offer. */
  onReofferAcknowledged(session: Session, ack: SipRequest): void;
  /**
   * 2xx to our re-INVITE, UPDATE, or PRACK with an offer. `said`: the answer, which may have come in a reliable provisional before; or, where our re-INVITE had no body, the
   * peer's offer, and `ack` with the answer must follow.
   */
  onReofferAccepted(session: Session, response: SipResponse, said: SessionBody | null): void;
  /** Final refusal of our re-INVITE, UPDATE or PRACK with an offer; the session goes on as it was (RFC 6141), or `onEnded` follows (481, 408). */
  onReofferRefused(session: Session, status: number, response: SipResponse | undefined): void;
  /** The session timer began anew, or a 2xx that was held has gone out: what is stored of the session is old (`snapshot`). */
  onRefreshed?(session: Session): void;
  /** INFO, MESSAGE, REFER, NOTIFY in the dialog: the user answers the transaction. After `onEnded` only of subscriptions that keep the dialog. */
  onRequest(session: Session, transaction: ServerTransaction): void;
  /** The last call for a session, exactly once. */
  onEnded(session: Session, end: SessionEnd): void;
}

/** What the Replaces of an INVITE has named. */
export interface Replaced {
  readonly session: Session;
  /** It is meant only as long as it has not been answered. */
  readonly isEarlyOnly: boolean;
}

/** One INVITE session. A verb that does not fit the state is ignored and returns false; nothing throws on a peer's behalf. */
export interface Session {
  readonly role: 'uac' | 'uas';
  readonly callId: string;
  /** Free for the user: its own object for this session. */
  owner: unknown;
  readonly phase: SessionPhase;
  /**
   * Session-ID (RFC 7989): what we say in each message, and what the peer has said of itself last. Null: none is said. A back-to-back user agent sets `local` to what the far
   * party calls the session.
   */
  sessionId: SessionId | null;
  /** What names its dialog, from our side: the early one of the first fork, or the one there is; null before there is any. */
  readonly dialogId: DialogId | null;
  /**
   * Callee: the session that the INVITE is to take the place of (RFC 3891), which `accept` ends once it has sent the 2xx, and which keeps `accept` from sending one where
   * it has ended meanwhile (603) or was answered and only an early one was meant (486). Whether this caller may do that is for the user to say, and to refuse. Null: none.
   */
  readonly replaced: Replaced | null;
  /** As {@link Session.replaced}, which is the user's own matter from now on: `accept` does nothing about it. */
  takeReplaced(): Replaced | null;
  /** By which way messages last went; null before the first. */
  readonly flow: Flow | null;
  /**
   * Requests in a dialog without a route set go to the peer's Contact (RFC 3261 §12.2.1.1) where that can be had at once; false: to where its messages
   * come from, which reaches a phone behind NAT.
   */
  followsContact: boolean;
  /** Callee: before the first `progress`. */
  reliability: Reliability;
  /** Is given each request and response of ours before it is sent, but for CANCEL and the ACK of a refusal. Null: they go as they are. */
  adapt: Adapt | null;
  /**
   * Callee: 101-199 with our To-tag; reliably where `reliability` and the caller allow it, one after the other as they are acknowledged (64*T1 without a PRACK refuses
   * the INVITE). A body that has no place there, since all is said already or an offer would go unreliably, is left out.
   */
  progress(
    status: number,
    options?: { readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody },
  ): boolean;
  /**
   * Callee: 200, retransmitted until the ACK (64*T1, then BYE and `no-ack`). It waits for the PRACK of a provisional that carried a description (RFC 3262 §3), and has
   * no body where offer and answer were exchanged before.
   */
  accept(body: SessionBody, headers?: readonly HeaderPair[]): boolean;
  /** Callee: a final refusal. */
  reject(
    status: number,
    options?: { readonly reason?: string; readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody },
  ): boolean;
  /**
   * Caller: acknowledges the last reliable provisional of a fork (its To-tag), with the answer to the offer in it, or with an offer where all was answered; false: there is none, or
   * it has its PRACK already. The answer to our offer comes by `onReofferAccepted`.
   */
  prack(fork: string, body: SessionBody | null, headers?: readonly HeaderPair[]): boolean;
  /** Caller: acknowledges the 2xx (or a 2xx to our offerless re-INVITE); stored and repeated for each retransmission of it. */
  ack(body: SessionBody | null): boolean;
  /** Ends it in whatever state: CANCEL, 487/603-less reject (480), or BYE after the ACK. `onEnded` follows. */
  end(options?: { readonly reasonHeader?: string; readonly status?: number }): void;
  /**
   * Re-INVITE (body null: asks the peer for an offer). 491 is retried here after RFC 3261 §14.1's pause, once; then refused. Where a re-INVITE of the peer is answered
   * and waits for its ACK, ours follows that.
   */
  reinvite(body: SessionBody | null, headers?: readonly HeaderPair[]): boolean;
  /** Takes our re-INVITE back (CANCEL); its outcome comes as usual, for a 2xx may cross. False: there is none that can be. */
  cancelReinvite(): boolean;
  /**
   * UPDATE (RFC 3311), where the peer allows it; outcomes as with `reinvite`, but no ACK follows. Without a body it refreshes target and timer. Before the 2xx of a caller
   * `fork` says to whom; an offer then waits until INVITE and reliable provisional have settled theirs.
   */
  update(body: SessionBody | null, headers?: readonly HeaderPair[], fork?: string): boolean;
  /** What each side said last and the other agreed to. */
  readonly localBody: SessionBody | null;
  readonly remoteBody: SessionBody | null;
  acceptReoffer(body: SessionBody, headers?: readonly HeaderPair[]): boolean;
  refuseReoffer(status: number, headers?: readonly HeaderPair[]): boolean;
  /** INFO or another request in the dialog; `onFinal` with its final response, or undefined on time-out. */
  request(
    method: string,
    options: {
      readonly headers?: readonly HeaderPair[];
      readonly body?: SessionBody;
      /** As it leaves, again with each challenge that is answered. */
      readonly onSent?: (request: SipRequest) => void;
      readonly onFinal?: (response: SipResponse | undefined) => void;
    },
  ): boolean;
  /**
   * A subscription uses the dialog, too (RFC 5057 §4): it stands until what is returned is called, though the call be over by then. SUBSCRIBE and NOTIFY in it come by `onRequest` as
   * before, and may be sent.
   */
  keepDialog(): () => void;
  /** Everything needed to go on in another process, as plain JSON data; null before the 2xx and after the end. */
  snapshot(): SessionSnapshot | null;
  /** The INVITE while it has no final response, as JSON: another process can end it (`abandonInvite`), not go on with it; null otherwise. */
  openInvite(): OpenInvite | null;
  /** Nothing will happen for a while: what the session remembers lets go of the messages that it was read from. */
  rest(): void;
  /** Answers challenges to requests of ours; a session that was restored has none until it is given one. */
  authenticate: InviteOptions['authenticate'];
}

export interface UserAgentHandlers {
  /**
   * A new INVITE outside any dialog; 100 is sent already, its headers can be read, and what it requires is understood (420), its session interval long
   * enough (422). Decide with the session's verbs now or later. @returns who is told of the session from
   * now on; undefined where it was refused at once.
   */
  onInvite(session: Session, transaction: ServerTransaction): SessionUser | undefined;
  /** Any other request outside a dialog (REGISTER, OPTIONS, MESSAGE, SUBSCRIBE …): the handler answers. */
  onRequest(transaction: ServerTransaction): void;
}
