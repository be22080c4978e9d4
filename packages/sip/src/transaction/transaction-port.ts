/**
 * The seam between the transaction layer and the transaction user (RFC 3261 §5, §17): the core, a dialog, a proxy.
 */
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { Flow, Target, TransportFailure } from '../transport/flow.ts';

export interface ClientTransaction {
  readonly branch: string;
  readonly method: string;
  readonly flow: Flow;
  /** The request as sent, with its Via. */
  readonly request: SipRequest;
  /**
   * Sends CANCEL for this INVITE (RFC 3261 §9.1): at once when a provisional has come, else when the first comes. The CANCEL's own
   * transaction is the layer's matter; the INVITE still ends by its own final response, or by 64*T1 after the CANCEL.
   */
  cancel(reasonHeader?: string): void;
  /**
   * The user of an INVITE that was answered 2xx is gone: what would still come in Accepted (RFC 6026 §7.2) comes as a stray response instead, which is
   * acknowledged and ended.
   */
  release(): void;
}

/** Told of what happens to a request that it sent. Calls never nest inside `request()`. */
export interface ClientTransactionUser {
  /** Every provisional, the final, and for INVITE each further 2xx (other forks, retransmissions; RFC 6026 §7.2). */
  onResponse(response: SipResponse, transaction: ClientTransaction): void;
  /** Timer B or F (RFC 3261 §17.1): treat as 408. */
  onTimeout(transaction: ClientTransaction): void;
  /** Treat as 503 (RFC 3261 §8.1.3.1). */
  onTransportFailure(failure: TransportFailure, transaction: ClientTransaction): void;
}

export interface ServerTransaction {
  readonly branch: string;
  readonly method: string;
  readonly flow: Flow;
  readonly request: SipRequest;
  /** False once a final response was sent. */
  readonly isProceeding: boolean;
  /** Sends a response; a 2xx to INVITE is retransmitted by the user (dialog), not by the transaction (RFC 3261 §13.3.1.4). */
  respond(response: SipResponse): void;
  /**
   * A final refusal of whoever is not known yet: sent once, where nothing was sent before. A peer that did not get it repeats its request, and gets it again; one
   * whose address was forged is not made the target of eleven more (RFC 3261 §8.2.7, §26.3.2.4).
   */
  refuse(response: SipResponse): void;
  /** Who learns of CANCEL, time-outs and failures of this transaction. */
  user: ServerTransactionUser | null;
}

export interface ServerTransactionUser {
  /** The CANCEL itself is already answered 200 by the layer; answer the INVITE with 487. */
  onCancel?(cancel: SipRequest, transaction: ServerTransaction): void;
  /** ACK to a non-2xx final arrived. */
  onAck?(ack: SipRequest, transaction: ServerTransaction): void;
  /** Timer H: no ACK for a non-2xx final; or timer L/J passed. */
  onTerminated?(transaction: ServerTransaction, why: 'acked' | 'timeout' | 'transport' | 'done'): void;
  onTransportFailure?(failure: TransportFailure, transaction: ServerTransaction): void;
}

/** What the layer hands up that belongs to no transaction yet. */
export interface TransactionUser {
  /** A new request that is neither ACK nor CANCEL of a known INVITE. */
  onRequest(transaction: ServerTransaction): void;
  /** An ACK that matches no INVITE server transaction: the ACK of a 2xx (RFC 3261 §13.3.1.4). */
  onAck(ack: SipRequest, flow: Flow): void;
  /** A response that matches no client transaction: a 2xx of INVITE whose transaction is gone; else dropped by the user. */
  onStrayResponse(response: SipResponse, flow: Flow): void;
}

/** For INVITEs that an earlier process has left without a final response. Implemented by TransactionLayer. */
export interface LeftTransactions {
  /** Sends a request of ours again as it went out, Via and branch included: the peer takes it for a retransmission and repeats its last response. */
  resend(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction;
  /** The server transaction of a peer's INVITE, as it stood after the provisionals. Nobody is told of it; the caller answers. */
  reopen(request: SipRequest, flow: Flow): ServerTransaction;
}

/** What a user asks of the layer. Implemented by TransactionLayer. */
export interface TransactionPort {
  /**
   * Adds the topmost Via (a fresh branch, rport) and sends over a flow to the target. UDP above the MTU limit goes by TCP
   * (RFC 3261 §18.1.1) where the target allows it.
   */
  request(request: SipRequest, target: Target, user: ClientTransactionUser): ClientTransaction;
  /** Sends a message outside any transaction: the ACK of a 2xx, a retransmitted 2xx. */
  sendDirect(message: SipRequest | SipResponse, target: Target | Flow): void;
}
