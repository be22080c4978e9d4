/**
 * The bookkeeping of offers and answers in one dialog (RFC 3264 §4, RFC 6337 §2 and §3, RFC 3311 §5): who may send an offer now, and what a body
 * that comes is. Bodies are opaque; whether there is one is all that counts. Plain data.
 *
 * The six exchanges of RFC 6337 §2.2, table 1: INVITE/2xx, 2xx/ACK, INVITE/1xx-rel, 1xx-rel/PRACK, PRACK/2xx, UPDATE/2xx.
 */

export type OfferingMethod = 'INVITE' | 'UPDATE' | 'PRACK';

export interface OfferAnswerState {
  /** Whose offer waits for an answer, */
  open: Side | null;
  /** and with which request it came, or with the response to which. */
  openIn: OfferingMethod | null;
  /** Whose INVITE is under way, from its sending to the ACK of its final (RFC 3261 §14.1: one at a time). */
  inviter: Side | null;
  /** That INVITE had no offer: its first reliable response must have one. */
  isAsked: boolean;
  /** At least one exchange is complete. */
  isSettled: boolean;
}

export type Side = 'local' | 'remote';

/**
 * offer, answer, none: go on. asks: an INVITE without a body, which wants an offer. glare: answer 491 (RFC 3261 §14.2). overlap: answer 500 with
 * Retry-After 0 to 10 s.
 */
export type RequestReading = 'offer' | 'answer' | 'asks' | 'none' | 'glare' | 'overlap';

export function newOfferAnswer(): OfferAnswerState {
  return { open: null, openIn: null, inviter: null, isAsked: false, isSettled: false };
}

/** Whether we may send this request now, with an offer in it or without. */
export function maySend(state: OfferAnswerState, method: OfferingMethod, hasBody: boolean): boolean {
  if (method === 'INVITE') return state.inviter === null && state.open === null;
  if (method === 'PRACK' && owesAnswerInPrack(state)) return hasBody;
  if (!hasBody) return true;
  // RFC 6337 §2.2: an offer waits for the end of the exchange before; and until we have answered an INVITE that asks, we owe it the offer.
  return state.open === null && !state.isAsked;
}

/** RFC 3262 §5: an offer in a reliable provisional to our INVITE is answered in its PRACK. */
export function owesAnswerInPrack(state: OfferAnswerState): boolean {
  return state.open === 'remote' && state.openIn === 'INVITE' && state.inviter === 'local';
}

/** What a body in our next response to the peer's INVITE would be; none: it has no place there any more, or not yet (RFC 3261 §13.2.1). */
export function placeInResponse(state: OfferAnswerState, isReliable: boolean): 'offer' | 'answer' | 'preview' | 'none' {
  if (state.inviter !== 'remote') return 'none';
  if (state.open === 'remote' && state.openIn === 'INVITE') return isReliable ? 'answer' : 'preview';
  return state.isAsked && isReliable ? 'offer' : 'none';
}

/** A request of ours went out. Ask {@link maySend} first. */
export function requestSent(state: OfferAnswerState, method: OfferingMethod, hasBody: boolean): void {
  if (method === 'PRACK' && owesAnswerInPrack(state)) settle(state);
  else begin(state, { side: 'local', method, hasBody });
}

/** What a request of the peer is; anything but glare and overlap changes the state. */
export function requestReceived(state: OfferAnswerState, method: OfferingMethod, hasBody: boolean): RequestReading {
  if (method === 'PRACK') return prackReceived(state, hasBody);
  const refusal = refusalOf(state, method, hasBody);
  if (refusal !== null) return refusal;
  begin(state, { side: 'remote', method, hasBody });
  if (hasBody) return 'offer';
  return method === 'INVITE' ? 'asks' : 'none';
}

function refusalOf(state: OfferAnswerState, method: OfferingMethod, hasBody: boolean): 'glare' | 'overlap' | null {
  if (method === 'INVITE' && state.inviter !== null) return state.inviter === 'local' ? 'glare' : 'overlap';
  if (method !== 'INVITE' && !hasBody) return null;
  if (state.open !== null) return state.open === 'local' ? 'glare' : 'overlap';
  // RFC 3311 §5.2: the offer of an INVITE that asks for one is still to come, from us or from them.
  if (state.isAsked) return state.inviter === 'local' ? 'glare' : 'overlap';
  return null;
}

function prackReceived(state: OfferAnswerState, hasBody: boolean): RequestReading {
  if (!hasBody) return 'none';
  if (state.open === 'local' && state.openIn === 'INVITE' && state.inviter === 'remote') {
    settle(state);
    return 'answer';
  }
  if (state.open !== null) return state.open === 'local' ? 'glare' : 'overlap';
  if (state.isAsked) return 'overlap';
  state.open = 'remote';
  state.openIn = 'PRACK';
  return 'offer';
}

/**
 * A response of either side to INVITE, UPDATE or PRACK. `isReliable`: a final, or a provisional with 100rel. @returns what its body is; a body in an
 * unreliable provisional is `preview`: the answer to be, which the 2xx must repeat (RFC 3261 §13.2.1).
 */
export function responseSeen(
  state: OfferAnswerState,
  seen: {
    readonly by: Side;
    readonly method: OfferingMethod;
    readonly status: number;
    readonly isReliable: boolean;
    readonly hasBody: boolean;
  },
): 'offer' | 'answer' | 'preview' | 'none' {
  const { by, method, status, hasBody } = seen;
  if (status >= 300) {
    failed(state, method, by === 'local' ? 'remote' : 'local');
    return 'none';
  }
  if (!hasBody) return 'none';
  if (!seen.isReliable) return 'preview';
  if (state.open !== null && state.open !== by && state.openIn === method) {
    settle(state);
    return 'answer';
  }
  if (method !== 'INVITE' || !state.isAsked) return 'none';
  state.isAsked = false;
  state.open = by;
  state.openIn = 'INVITE';
  return 'offer';
}

/** The ACK of a 2xx, ours or theirs: ends the INVITE, and carries the answer where the 2xx had the offer. */
export function ackSeen(state: OfferAnswerState, by: Side, hasBody: boolean): 'answer' | 'none' | 'missing' {
  if (state.inviter !== by) return 'none';
  state.inviter = null;
  state.isAsked = false;
  if (state.openIn !== 'INVITE') return 'none';
  const isOwed = state.open !== by;
  // Without the answer the exchange is void; the session stands on what it had.
  close(state);
  if (!isOwed) return 'none';
  if (!hasBody) return 'missing';
  state.isSettled = true;
  return 'answer';
}

/** A request of `by` came to nothing: refused, timed out, given up. The session stands on what it had (RFC 6141). */
export function failed(state: OfferAnswerState, method: OfferingMethod, by: Side): void {
  if (method === 'INVITE' && state.inviter === by) {
    state.inviter = null;
    state.isAsked = false;
    if (state.openIn === 'INVITE') close(state);
  } else if (state.openIn === method && state.open === by) close(state);
}

function begin(
  state: OfferAnswerState,
  what: { readonly side: Side; readonly method: OfferingMethod; readonly hasBody: boolean },
): void {
  if (what.method === 'INVITE') {
    state.inviter = what.side;
    state.isAsked = !what.hasBody;
  }
  if (!what.hasBody) return;
  state.open = what.side;
  state.openIn = what.method;
}

function settle(state: OfferAnswerState): void {
  close(state);
  state.isSettled = true;
}

function close(state: OfferAnswerState): void {
  state.open = null;
  state.openIn = null;
}

/**
 * How long to wait before a re-INVITE that met 491 goes out again (RFC 3261 §14.1): who owns the Call-ID 2.1 to 4 s, the other 0 to 2 s, in steps
 * of 10 ms.
 */
export function glarePauseMs(ownsCallId: boolean, integer: (below: number) => number): number {
  return ownsCallId ? 2_100 + integer(191) * 10 : integer(201) * 10;
}
