/**
 * A flow: what a message came over or leaves by (RFC 5626 §1: the pair of local and remote transport address and the protocol).
 * A UDP flow is (listening socket, remote address); a stream flow is one connection. Flows are made by the transport
 * driver only; everybody else passes them on.
 */

export type TransportKind = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** An IP address without brackets, and a port. */
export interface SocketAddress {
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
}

export interface Flow {
  /** Unique within the process's life; never reused. */
  readonly id: number;
  readonly kind: TransportKind;
  /** Retransmission timers are off on a reliable transport (RFC 3261 §17.1.1.2). */
  readonly reliable: boolean;
  /** TLS or WSS. */
  readonly secure: boolean;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** TLS: the certificate that the far end has shown, where it has. Nobody has judged it against a name yet. */
  readonly peer?: PeerIdentity;
  /** A TLS connection of ours over which we have shown a certificate: its Via offers the connection for requests the other way (RFC 5923 §5). */
  readonly offersAlias?: boolean;
  /** What our Via, Contact and Record-Route say towards this remote (host or [v6], port): chosen per destination. */
  readonly advertised: { readonly host: string; readonly port: number };
}

/** A certificate that was shown in a TLS handshake, so that its key is the peer's. */
export interface PeerIdentity {
  /** DER, the peer's own first, then those it was shown with. */
  readonly chain: readonly Uint8Array[];
  /** The chain ends at an authority that the socket trusts. */
  readonly isTrusted: boolean;
}

/** One concrete place to try (the outcome of RFC 3263): transport, address, port, and the name that TLS must verify. */
export interface Target {
  readonly kind: TransportKind;
  readonly remote: SocketAddress;
  /** The domain the request is for: TLS SNI and certificate check (RFC 5922). Empty for an IP literal. */
  readonly serverName?: string;
  /** The host whose address this is: addresses of the same one race for a connection (RFC 8305). Absent: of an address that was given as such. */
  readonly server?: string;
  /** Which rule the peer is verified by over TLS, in words of whoever sends: connections are shared only under the same. */
  readonly tlsPolicy?: string;
  /** Use this open flow instead of opening one (outbound, connection reuse). Gone flow = failure, never a new connection. */
  readonly flowId?: number;
  /** UDP: leave by the listener with this address, so that an answer comes from where the request went to. */
  readonly local?: SocketAddress;
  /**
   * UDP: whether a request above the MTU limit goes by TCP (RFC 3261 §18.1.1). Default true; say false towards a binding behind NAT.
   * Never with `flowId`.
   */
  readonly largeByTcp?: boolean;
  /** Whether such a request goes by UDP after all when TCP is refused or unreachable. Default true. */
  readonly tcpFallback?: boolean;
}

/** Why bytes could not be delivered. */
export interface TransportFailure {
  readonly code:
    | 'refused'
    | 'unreachable'
    | 'timeout'
    | 'closed'
    | 'tls'
    | 'too-big'
    | 'flow-gone'
    | 'overloaded'
    | 'no-listener'
    | 'io';
  /** For the person who must act: which peer, what happened. */
  readonly detail: string;
}
