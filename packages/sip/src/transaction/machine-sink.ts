/**
 * What the four machines of RFC 3261 §17 ask of the layer that holds them. All of it is given once, by reference to one object: a
 * transaction carries no closure.
 */
import type { Clock } from '../clock/clock.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { Flow, TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';
import type { TransactionTimers } from './timers.ts';

/** What a sink knows of the machine that calls it; whoever holds the machines knows which of the two it is. */
export interface ClientMachine {
  readonly branch: string;
}
export interface ServerMachine {
  readonly branch: string;
}

interface MachineSink {
  readonly clock: Clock;
  readonly timers: TransactionTimers;
}

export interface ClientSink extends MachineSink {
  /** A retransmission is written anew: there are few, and octets that are kept cost each request. */
  transmit(request: SipRequest, flow: Flow, owner: SendOwner | null): void;
  /** Builds the ACK of a non-2xx final (RFC 3261 §17.1.1.3), sends it and returns it for the retransmissions. */
  acknowledge(transaction: ClientMachine, response: SipResponse): SipRequest;
  /** Builds and sends CANCEL as a transaction of its own (RFC 3261 §9.1). */
  sendCancel(transaction: ClientMachine, reasonHeader: string | undefined): void;
  /** Tries another transport for a request that nobody can have seen. True: the transaction was started again. */
  fallBack(transaction: ClientMachine, failure: TransportFailure): boolean;
  /** Timer B or F: no response at all, or no final one. */
  unanswered(flow: Flow): void;
  /** For T4 nothing but retransmissions of its final response is expected, which are dropped; the machine has done its part. */
  clientSettled(transaction: ClientMachine): void;
  clientEnded(transaction: ClientMachine): void;
}

export interface ServerSink extends MachineSink {
  /** Sends along the topmost Via (RFC 3261 §18.2.2). */
  transmitResponse(response: SipResponse, transaction: ServerMachine): void;
  /** A final response has been given: the request is no longer in the user's hands. */
  serverAnswered(transaction: ServerMachine, status: number): void;
  /** For 64*T1 nothing but retransmissions is expected, to be answered with this (null: not at all); the machine has done its part. */
  serverSettled(transaction: ServerMachine, response: SipResponse | null): void;
  serverEnded(transaction: ServerMachine): void;
}

/** What a client machine is made of. */
export interface ClientMachineOptions {
  readonly sink: ClientSink;
  readonly branch: string;
  readonly flow: Flow;
  /** With its Via. */
  readonly request: SipRequest;
}

/** What a server machine is made of. */
export interface ServerMachineOptions {
  readonly sink: ServerSink;
  readonly branch: string;
  /** Under which the layer finds it again. */
  readonly key: string;
  readonly flow: Flow;
  readonly responseFlow: Flow;
  readonly request: SipRequest;
}
