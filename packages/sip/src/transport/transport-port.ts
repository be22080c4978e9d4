/**
 * What the protocol machines need of whoever owns the sockets: `node/` in production, the virtual network in tests.
 */
import type { Flow, Target, TransportFailure } from './flow.ts';

/** Learns of failures of what it sent. */
export interface SendOwner {
  /** Called at most once per send, never from inside `send` itself. */
  onTransportFailure(failure: TransportFailure, flow: Flow): void;
}

export interface TransportPort {
  /**
   * The flow to a target: an open one (connection reuse), or a new one whose connection is still being made; what is sent on it
   * meanwhile is queued. Undefined: no listener of that kind and family exists here.
   */
  flowTo(target: Target): Flow | undefined;
  /** Whether the flow can still carry messages (a closed connection cannot; UDP always can). */
  isOpen(flow: Flow): boolean;
  /** Sends one whole message. `owner` null: nobody is to be told. */
  send(bytes: Uint8Array, flow: Flow, owner: SendOwner | null): void;
  /** A request by this flow had no response at all for so long: a connection by which nothing came either is dead. */
  unanswered?(flow: Flow, forMs: number): void;
  /** Takes in what has come to the sockets, where that is possible without waiting for the event loop. */
  drain?(): void;
  /** Whether `drain` takes in all that waits, so that no queue is hidden in the kernel. */
  seesQueue?(): boolean;
  /** Streams are not read for a while, so that their peers slow down; or are again. */
  pauseReading?(isPaused: boolean): void;
}
