/**
 * What a call knows of transfers: which leg stands in the caller's place by now, who came in from another call, which REFER is being carried out, and
 * with which other calls it shares a leg. Plain data, null for nearly every call. Never changed in place: the append log compares it as one value.
 */
import type { CallId, LegId } from '#base/ids';
import type { IncomingCall } from './leg-port.ts';

export interface Handover {
  /** Stands where the first leg stood; null: that still does. */
  readonly callerLegId: LegId | null;
  /** Of legs that came in as callers of another call: who they are, as their edge had authenticated them. */
  readonly arrived: readonly Arrival[];
  /** What a party of this call has asked for by REFER, until it is over. */
  readonly transfer: Transfer | null;
  /** The call in which a leg of this one goes on. */
  readonly toCallId: CallId | null;
  /** The call that a leg of this one, or the one that it is made for, has come from. */
  readonly fromCallId: CallId | null;
}

export interface Arrival {
  readonly legId: LegId;
  readonly origin: IncomingCall['origin'];
}

export interface Transfer {
  /** Who asked. */
  readonly byLegId: LegId;
  /** The edge's name for the REFER. */
  readonly referId: string;
  /** Who is to go on in the other call, */
  readonly legId: LegId;
  readonly toCallId: CallId;
  /** there in the place of this one. */
  readonly placeLegId: LegId;
}

/** The edge of a leg that only keeps the place of a party that is being transferred: nothing is said to it (transfers.ts). */
export const placeEdge = 'transfer';
