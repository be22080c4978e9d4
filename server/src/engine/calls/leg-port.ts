/**
 * The leg port: how an edge (SIP, WebRTC, later an agent) and the engine speak about one leg. Plain data both ways, no SIP type, so that
 * every input and output can be journalled and replayed. An edge performs commands; the engine takes events, one at a time, to completion.
 *
 * A description is SDP in the parsed, JSON-serialisable form of @ringdown/sdp. Offer/answer order within one leg is kept by the edge's
 * session (RFC 3264, RFC 6337): the engine never sees glare inside a leg, the edge answers 491 itself. Every description goes out under the leg's own
 * origin; one that the other party wrote (`isCrossed` of #engine/media) is otherwise sent as it is.
 */

import type { SessionDescription } from '@ringdown/sdp';
import type { CallId, DeviceId, LegId, TenantId, TrunkId, UserId } from '#base/ids';
import type { DirectParty } from '#engine/media';
import type { EndCause } from './end-cause.ts';

/** A party as shown to the other: RFC 3261 From/To, RFC 3325. */
export interface Party {
  readonly displayName: string;
  /** User part: an extension, `+E.164`, a name. */
  readonly user: string;
  readonly host: string;
}

/** What is known of a caller beside what is shown (RFC 3323, RFC 3325). */
export interface CallerIdentity {
  /** Who it is, as far as that is known. */
  readonly party: Party;
  /** A user of ours, who has given its password, or whom a trusted trunk vouches for; false: the caller only says so. */
  readonly isAsserted: boolean;
  /** What the caller wants kept from whom it calls: words of Privacy (RFC 3323 §4.2). */
  readonly privacy: readonly string[];
}

/** What a peer that is trusted is told of the other party, beside From (RFC 3325 §5). */
export interface ToldIdentity {
  /** Null: only that the other party wants to stay unknown. */
  readonly party: Party | null;
  readonly privacy: readonly string[];
}

/** Shown in place of a caller that wants to stay unknown (RFC 3323 §4.1.1.3). */
export const anonymousParty: Party = { displayName: 'Anonymous', user: 'anonymous', host: 'anonymous.invalid' };

/** What crosses the back-to-back user agent (docs/crossing.md); all else is per leg. */
export interface Crossing {
  /** Already reduced by one for the outgoing leg. */
  readonly maxForwards: number;
  /** RFC 7989 local UUID of the far party; 32 hex digits. */
  readonly sessionId?: string;
  /** Asked for by a URI that wants every hop encrypted (SIPS): the far leg's signalling must be, too. */
  readonly isSecure?: boolean;
  /** The caller asked that where the call has been is kept from strangers (RFC 7044 §10.1). */
  readonly isHistoryPrivate?: boolean;
  /** Allow-listed headers, name and value, in order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** A call goes to somebody else than it came for (RFC 7044 §3). */
export interface SentOn {
  /** Whom it came for. */
  readonly party: Party;
  /** Why, where that one has sent it on (RFC 4458 §2): 302 always, 408 no answer, 486 busy. Absent: the number is the other's. */
  readonly cause?: number;
}

/** Where an outgoing leg goes. */
export type LegDestination =
  /** One registered device: its Contact, Path and the flow it registered over (RFC 5626). */
  | {
      readonly kind: 'binding';
      readonly aor: string;
      readonly contactUri: string;
      readonly path: readonly string[];
      /** Flow token of the edge; empty where the Contact must be located anew. */
      readonly flow: string;
      /** Other ways to the same device, for when this one fails (RFC 5626 §7): it rings once. Absent: there are none. */
      readonly instead?: readonly DeviceWay[];
      /** Whose settings the edge keeps to. */
      readonly deviceId?: DeviceId;
    }
  /** A trunk; the edge adds its credentials, transport and TLS policy. */
  | { readonly kind: 'trunk'; readonly trunkId: TrunkId; readonly user: string };

/** INFO (RFC 6086) or MESSAGE (RFC 3428) in the dialog of a leg. */
export interface Information {
  /** Absent: INFO. */
  readonly method?: 'MESSAGE';
  /** The package of an INFO, and what belongs to the body. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Empty: no body. */
  readonly contentType: string;
  /** One character per octet. */
  readonly body: string;
}

/** One way to a device. */
export interface DeviceWay {
  readonly contactUri: string;
  readonly path: readonly string[];
  readonly flow: string;
}

/** One device of a user: by its instance, or by what stands for one registration of it. */
export interface DeviceWish {
  readonly instance?: string;
  readonly registration?: string;
}

/** What a caller wishes of the devices it reaches (RFC 3841, RFC 5627), in the words of the edge but for the last two. */
export interface CallerWishes {
  readonly device?: DeviceWish;
  readonly accept: readonly string[];
  readonly reject: readonly string[];
  /** Only the best of them. */
  readonly isSingle: boolean;
  /** One after the other. */
  readonly isSequential: boolean;
}

// ---- commands: engine -> edge ---------------------------------------------------------------------------------------------------

export type LegCommand =
  /** Start an outgoing leg. `offer` null: an offerless INVITE. */
  | {
      readonly type: 'dial';
      readonly legId: LegId;
      readonly callId: CallId;
      readonly tenantId: TenantId;
      readonly destination: LegDestination;
      readonly from: Party;
      readonly to: Party;
      readonly told?: ToldIdentity;
      readonly crossing: Crossing;
      readonly sentOn?: SentOn;
      /** How the phone should ring where the caller does not say (Alert-Info). */
      readonly alert?: string;
      readonly offer: SessionDescription | null;
      /** It is ended after this time without an answer; the far side may be told, should that end never reach it. */
      readonly ringMs: number;
    }
  /**
   * Incoming leg: provisional. With a description it is early media and the final answer must not contradict it; where the caller made no offer, it is ours, and
   * `answered-early` follows.
   */
  | {
      readonly type: 'ring';
      readonly legId: LegId;
      readonly status: 180 | 181 | 182 | 183;
      readonly description: SessionDescription | null;
    }
  /** Incoming leg: 2xx with the answer, or with an offer where the INVITE had none. */
  | {
      readonly type: 'answer';
      readonly legId: LegId;
      readonly description: SessionDescription;
      readonly crossing?: Crossing;
      /** Who has answered. */
      readonly told?: ToldIdentity;
    }
  /** Outgoing leg answered with an offer (delayed offer): the answer goes into the ACK. */
  | { readonly type: 'acknowledge'; readonly legId: LegId; readonly description: SessionDescription }
  /** Change a running session; null asks the peer for an offer. The outcome is `reanswered` or `reoffer-refused`. */
  | { readonly type: 'reoffer'; readonly legId: LegId; readonly description: SessionDescription | null }
  /** Takes our `reoffer` back; its outcome comes all the same, and may be `reanswered`, for an answer may cross. */
  | { readonly type: 'cancel-reoffer'; readonly legId: LegId }
  /** Answer to the peer's `reoffered` (or our offer where that had none). */
  | { readonly type: 'accept-reoffer'; readonly legId: LegId; readonly description: SessionDescription }
  | { readonly type: 'refuse-reoffer'; readonly legId: LegId; readonly cause: EndCause }
  /** What a `Referral` asks for is being tried. */
  | { readonly type: 'accept-refer'; readonly legId: LegId; readonly referId: string }
  | { readonly type: 'refuse-refer'; readonly legId: LegId; readonly referId: string; readonly cause: EndCause }
  /** How that goes; to the peer of the leg, which may have left the call by then. After `succeeded` or `failed` no more follows. */
  | {
      readonly type: 'report-refer';
      readonly legId: LegId;
      readonly referId: string;
      readonly outcome:
        | { readonly kind: 'progress'; readonly status: 180 | 183 }
        | { readonly kind: 'succeeded' }
        | { readonly kind: 'failed'; readonly cause: EndCause };
    }
  /** Pass keys, another INFO, or a MESSAGE of the dialog across. */
  | ({ readonly type: 'inform'; readonly legId: LegId } & Information)
  /** What the party on the other side calls the session (RFC 7989), to be said in every message from now on; null: it calls it nothing. */
  | { readonly type: 'identify'; readonly legId: LegId; readonly sessionId: string | null }
  /** Ends the leg in whatever state: reject, CANCEL or BYE. The edge confirms by `ended`. */
  | { readonly type: 'end'; readonly legId: LegId; readonly cause: EndCause };

/** Implemented by each edge. */
export interface LegEdge {
  /** Never throws, never calls back into the engine before it returns. An unknown leg is ignored. */
  perform(command: LegCommand): void;
  /**
   * Nothing has happened to the leg for a while: what can be made again need not be kept. @returns what the peer said last as text, so that it is held
   * once; null: nothing
   */
  rest?(legId: LegId): string | null;
  /**
   * The local address to bind this leg's media to, so that it is of the peer's family and on the peer's side; null: the media engine's own choice. Asked
   * before the leg is dialled, or while it is known.
   */
  mediaAddress?(leg: LegPlace): string | null;
  /** Where the peer of a leg is, before it is dialled or while it is known; null: that cannot be said. */
  peerPlace?(leg: LegPlace): PeerPlace | null;
}

/** A peer as its messages show it: what its description is held against where media is to go straight to it (media-plan.ts). */
export interface PeerPlace extends DirectParty {
  /** Not where its Contact says, or behind a proxy, or a browser: media that is to reach it has to go through us. */
  readonly isHidden: boolean;
}

export interface LegPlace {
  /** Null: not begun yet. */
  readonly legId: LegId | null;
  readonly tenantId: TenantId;
  /** Null: the leg came in. */
  readonly destination: LegDestination | null;
}

// ---- events: edge -> engine -----------------------------------------------------------------------------------------------------

export type LegEvent =
  /** Outgoing leg: 18x. `source` names the fork that rings (one leg may fork downstream). */
  | {
      readonly type: 'ringing';
      readonly legId: LegId;
      readonly status: number;
      readonly source: string;
      readonly description: SessionDescription | null;
      /** What it calls the session (RFC 7989). */
      readonly sessionId?: string;
    }
  /** Outgoing leg: 2xx. The answer, or the offer where ours had none. `source` as in `ringing`. */
  | {
      readonly type: 'answered';
      readonly legId: LegId;
      readonly source: string;
      readonly description: SessionDescription | null;
      /** What is wrong with the body, where it could not be read. */
      readonly unreadable?: string;
      /** It wants to stay unknown to the caller (RFC 3323 §4.2, Privacy in a response). */
      readonly isHidden?: true;
      readonly crossing: Crossing;
    }
  /** Incoming leg: the caller has acknowledged the offer in our `ring` (RFC 3262 §5), and this is its answer. */
  | { readonly type: 'answered-early'; readonly legId: LegId; readonly description: SessionDescription | null }
  /** Incoming leg: the ACK of our 2xx, with the answer where the 2xx had the offer. */
  | { readonly type: 'acknowledged'; readonly legId: LegId; readonly description: SessionDescription | null }
  /**
   * The peer wants to change the session (re-INVITE, UPDATE; before the answer UPDATE or PRACK). Null: it asks us for an offer. Refreshes never come up. `source`, before an
   * outgoing leg is answered: which fork, as in `ringing`.
   */
  | {
      readonly type: 'reoffered';
      readonly legId: LegId;
      readonly description: SessionDescription | null;
      readonly source?: string;
    }
  /** The peer has taken its `reoffered` back before it was answered: nothing is to be said to it, and the leg stands as before. */
  | { readonly type: 'reoffer-cancelled'; readonly legId: LegId }
  /** Our `reoffer` was answered; where we sent none, this is the peer's offer and `acknowledge` must follow. */
  | { readonly type: 'reanswered'; readonly legId: LegId; readonly description: SessionDescription | null }
  /** Our `reoffer` was refused; the leg stands on its last agreed description (RFC 6141). */
  | { readonly type: 'reoffer-refused'; readonly legId: LegId; readonly cause: EndCause }
  /** ACK of the peer's re-INVITE that carried no offer: its answer to ours. */
  | { readonly type: 'reacknowledged'; readonly legId: LegId; readonly description: SessionDescription | null }
  | ({ readonly type: 'informed'; readonly legId: LegId } & Information)
  /** Nothing that the call knows has changed, but what the edge remembers of the leg has (a session timer began anew): it is stored again. */
  | { readonly type: 'refreshed'; readonly legId: LegId }
  /** The leg is over, for whatever reason; the last event of a leg, exactly once. */
  | { readonly type: 'ended'; readonly legId: LegId; readonly cause: EndCause };

/**
 * The peer of a leg wants the other party of its call to talk to somebody else (REFER, RFC 3515): handed to services/calling, which decides whether it may.
 * `accept-refer` or `refuse-refer` must follow.
 */
export interface Referral {
  readonly legId: LegId;
  /** The edge's name for it. */
  readonly referId: string;
  readonly to: Party;
  /** Attended transfer: to whom this leg of the same peer talks, or whom it rings. Null: `to` is to be called. */
  readonly placeLegId: LegId | null;
  readonly isSecure?: boolean;
  /** Whose domain `to` is in; null: that does not matter. */
  readonly domainOf: TenantId | null;
}

/** A new incoming call at an edge, handed to services/calling, which creates the call and its first leg. */
export interface IncomingCall {
  readonly legId: LegId;
  readonly edge: string;
  readonly tenantId: TenantId;
  /** Who it is, as authenticated by the edge: a user's identity or a trunk. Never a claim. */
  readonly origin:
    | { readonly kind: 'user'; readonly userId: UserId; readonly deviceId?: DeviceId }
    | { readonly kind: 'trunk'; readonly trunkId: TrunkId };
  /** As it may be shown to whom it calls. */
  readonly from: Party;
  readonly to: Party;
  /** Absent: `from` says who it is (a user proves it, a trunk only says it), and nothing is to be kept from anybody. */
  readonly identity?: CallerIdentity;
  readonly crossing: Crossing;
  readonly offer: SessionDescription | null;
  /** Whose place in a call it is to take. */
  readonly replaces?: Replacing;
  /** Which of the called user's devices are to ring. Absent: any. */
  readonly wishes?: CallerWishes;
  /** Provisionals reach the caller for certain, so that they may carry an offer of ours. Absent: no. */
  readonly ringsReliably?: boolean;
  readonly receivedUtcMs: number;
}

/** A leg that another is to take the place of (RFC 3891). */
export interface Replacing {
  readonly legId: LegId;
  /** Only as long as it rings. */
  readonly isEarlyOnly: boolean;
}
