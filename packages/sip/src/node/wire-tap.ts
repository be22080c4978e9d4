/**
 * A tap on the wire: sees every message as it came and as it left, in the order of the turns, retransmissions too, and what became of a send that
 * failed. Keep-alives (RFC 5626 §3.5) are not seen. A tap that throws is a defect that harms no call.
 */

import type { ParseFailure } from '../message/parse-failure.ts';
import type { Flow, SocketAddress, TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';

export interface WireTap {
  /** One message; `failure` where it could not be parsed, and then as much of it as is there. The bytes may be used again after the call. */
  received(bytes: Uint8Array, flow: Flow, failure: ParseFailure | null): void;
  /** One message that is about to be sent; the turn it belongs to was recorded. */
  sent(bytes: Uint8Array, flow: Flow): void;
  /** A message of which the sender was told that it could not be sent. */
  sendFailed(bytes: Uint8Array, flow: Flow, failure: TransportFailure): void;
  /** A TLS connection to us that came to nothing: no message was ever on it. */
  handshakeFailed?(remote: SocketAddress, local: SocketAddress, failure: TransportFailure): void;
}

/** The same tap, its exceptions reported. */
export function guardTap(tap: WireTap, onError: (error: unknown) => void): WireTap {
  return {
    received: (bytes, flow, failure) => {
      try {
        tap.received(bytes, flow, failure);
      } catch (error) {
        onError(error);
      }
    },
    sent: (bytes, flow) => {
      try {
        tap.sent(bytes, flow);
      } catch (error) {
        onError(error);
      }
    },
    sendFailed: (bytes, flow, failure) => {
      try {
        tap.sendFailed(bytes, flow, failure);
      } catch (error) {
        onError(error);
      }
    },
    handshakeFailed: (remote, local, failure) => {
      try {
        tap.handshakeFailed?.(remote, local, failure);
      } catch (error) {
        onError(error);
      }
    },
  };
}

/** Stands for the owner of a send, and keeps what was sent until it is known to have left. */
export class TappedSend implements SendOwner {
  readonly #tap: WireTap;
  readonly #bytes: Uint8Array;
  readonly #owner: SendOwner;

  constructor(tap: WireTap, bytes: Uint8Array, owner: SendOwner) {
    this.#tap = tap;
    this.#bytes = bytes;
    this.#owner = owner;
  }

  onTransportFailure(failure: TransportFailure, flow: Flow): void {
    this.#tap.sendFailed(this.#bytes, flow, failure);
    this.#owner.onTransportFailure(failure, flow);
  }
}
