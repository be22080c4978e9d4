/** What hosts and connections need of the network and of one another. */
import type { Flow, SendOwner, TransportFailure } from '@ringdown/sip';
import type { NetworkTrace } from './network-trace.ts';

/** A host, as a connection and the network's way of delivering see it. */
export interface StreamHost {
  readonly name: string;
  adopt(flow: Flow, connection: object): void;
  forget(flow: Flow): void;
  onFlowOpened(flow: Flow): void;
  onFlowClosed(flow: Flow, failure: TransportFailure): void;
  onMessage(bytes: Uint8Array, flow: Flow): void;
}

/** The network, as a connection sees it. */
export interface NetworkOfStreams {
  readonly clock: { nowMs(): number };
  readonly trace: Pick<NetworkTrace, 'entries'>;
  later(afterMs: number, run: () => void): void;
  streamDelayBetween(from: StreamHost, to: StreamHost): number | undefined;
}

/** The network, as a host sees it. */
export interface NetworkOfHosts {
  nextFlowId(): number;
  sendDatagram(from: StreamHost, bytes: Uint8Array, flow: Flow, owner: SendOwner | null): void;
  failLater(owner: SendOwner | null, flow: Flow, failure: TransportFailure, afterMs?: number): void;
  connect(from: StreamHost, flow: Flow): void;
}
