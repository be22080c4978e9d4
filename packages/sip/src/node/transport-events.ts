/** What the sockets tell the driver, the limits they keep, and what every carrier of a flow can do. */
import type { ParseFailure } from '../message/parse-failure.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { Flow, PeerIdentity, SocketAddress, TransportFailure, TransportKind } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';

/** Implemented by SipDriver, which makes turns of it. Called from socket callbacks, never from inside `send` or `flowTo`. */
export interface TransportEvents {
  /** One datagram or WebSocket message, not parsed yet. The bytes are the receiver's to keep. */
  onBytes(bytes: Uint8Array, flow: Flow): void;
  /** One message of a stream, which was parsed to find its end. */
  onMessage(message: SipRequest | SipResponse, flow: Flow): void;
  /**
   * A message of a stream that could not be parsed, and as much of it as is there. A fatal one ends the connection, with time left for an
   * answer.
   */
  onMalformed(failure: ParseFailure, flow: Flow, bytes: Uint8Array): void;
  onSendFailed(owner: SendOwner, failure: TransportFailure, flow: Flow): void;
  /** A stream connection stands: accepted here, or made by `flowTo`. */
  onFlowOpened(flow: Flow): void;
  /** A stream connection ended, was refused, or a UDP flow kept alive failed. */
  onFlowClosed(flow: Flow, failure: TransportFailure): void;
}

export interface TransportLimits {
  /** Stream connections in all. */
  readonly connections: number;
  /** Stream connections accepted from one address. */
  readonly connectionsPerSource: number;
  /** TLS handshakes of one address that are not finished. */
  readonly handshakesPerSource: number;
  /** Messages that one address may send in a second: above it datagrams are dropped, and streams not read until the next. 0: no limit. */
  readonly messagesPerSecond: number;
  /** What no parser can read, on one connection within a minute; then it is closed. */
  readonly malformedPerMinute: number;
  /** Of messages that are not whole yet, bytes over all connections of one address; the connection that goes above it is closed. */
  readonly heldBytesPerSource: number;
  /** Bytes waiting for a slow peer on one connection; beyond it requests that begin something fail, and without any the connection is closed. */
  readonly bufferedBytes: number;
  /** A peer that takes nothing of what waits for it for so long is given up. */
  readonly stallTimeoutMs: number;
  /** Messages queued on a connection that is being made. */
  readonly queuedMessages: number;
  /** From the first byte of a message to its last, and from accept to the first message. */
  readonly messageTimeoutMs: number;
  /** How long a connection attempt, TLS handshake included, may take. */
  readonly connectTimeoutMs: number;
  /** An accepted connection without traffic is closed after this. 0: never. */
  readonly idleTimeoutMs: number;
  /** How long the answer to a CRLF ping is waited for (RFC 5626 §4.4.1). */
  readonly pongTimeoutMs: number;
  /** Accepted WebSockets are pinged so often, and closed when they do not answer. 0: never. */
  readonly webSocketPingMs: number;
  /** UDP flows remembered; the longest unused one goes first. */
  readonly datagramFlows: number;
}

export const DEFAULT_TRANSPORT_LIMITS: TransportLimits = {
  connections: 16_000,
  connectionsPerSource: 1_000,
  handshakesPerSource: 200,
  messagesPerSecond: 50_000,
  malformedPerMinute: 20,
  heldBytesPerSource: 16_777_216,
  bufferedBytes: 1_048_576,
  stallTimeoutMs: 20_000,
  queuedMessages: 1_000,
  messageTimeoutMs: 10_000,
  connectTimeoutMs: 4_000,
  idleTimeoutMs: 600_000,
  pongTimeoutMs: 10_000,
  webSocketPingMs: 30_000,
  datagramFlows: 200_000,
};

/** A flow whose local address becomes known when the connection stands. */
export interface OwnedFlow extends Flow {
  local: SocketAddress;
  peer?: PeerIdentity;
  offersAlias?: boolean;
}

/** What our headers say towards a remote: the address that a listener has, or the outer one of a 1:1 NAT. */
export type Advertise = (
  remote: SocketAddress,
  listener: { readonly kind: TransportKind; readonly local: SocketAddress },
) => { readonly host: string; readonly port: number };

/** Whatever carries a stream flow: a TCP, TLS or WebSocket connection. */
export interface Connection {
  readonly flow: OwnedFlow;
  readonly isOpen: boolean;
  /** Something was sent by it, or is to be. */
  readonly isUsed: boolean;
  /** Counted against the limit of this source; undefined for connections made from here. */
  readonly acceptedFrom: string | undefined;
  send(bytes: Uint8Array, owner: SendOwner | null): void;
  /** A CRLF ping (RFC 5626 §3.5.1); with `expectPong` silence closes the connection. */
  ping(expectPong: boolean): void;
  /** What the peer sends stays in the kernel, until it sends no more. For each reason apart: one that is over does not end the other. */
  pauseReading(isPaused: boolean, why: 'overload' | 'rate'): void;
  /** When something was last heard by it, by the clock of the sockets. */
  readonly lastHeardMs: number;
  close(failure: TransportFailure): void;
}

/** What a connection needs of the transport that owns it. */
export interface ConnectionOwner {
  readonly limits: TransportLimits;
  readonly events: TransportEvents;
  /** One more message has come by it; where that is more than its source may send, the connection is not read for a while. */
  counted(connection: Connection): void;
  /** It holds so many bytes more (or less) of a message that is not whole. False: more than its source may have us hold. */
  holds(connection: Connection, moreBytes: number): boolean;
  connectionClosed(connection: Connection, failure: TransportFailure): void;
}

export const PING: Uint8Array = new Uint8Array([13, 10, 13, 10]);
export const PONG: Uint8Array = new Uint8Array([13, 10]);

/** Node's error codes as ours. */
export function failureOf(error: unknown, peer: string): TransportFailure {
  const { code, message, reason } = error as { code?: string; message?: string; reason?: string };
  // OpenSSL's own message is full of the names of its sources.
  const said = code?.startsWith('ERR_SSL_') === true && reason !== undefined ? reason : (message ?? String(error));
  const detail = `${peer}: ${said.trim()}`;
  switch (code) {
    case 'ECONNREFUSED':
      return { code: 'refused', detail };
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EHOSTDOWN':
      return { code: 'unreachable', detail };
    case 'ETIMEDOUT':
      return { code: 'timeout', detail };
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ERR_STREAM_DESTROYED':
    case 'ERR_STREAM_WRITE_AFTER_END':
      return { code: 'closed', detail };
    case 'EMSGSIZE':
      return { code: 'too-big', detail };
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'EAGAIN':
      return { code: 'overloaded', detail };
    default:
      return { code: isTlsCode(code) ? 'tls' : 'io', detail };
  }
}

function isTlsCode(code: string | undefined): boolean {
  if (code === undefined) return false;
  return (
    code === 'tls_policy' ||
    code.startsWith('ERR_TLS_') ||
    code.startsWith('ERR_SSL_') ||
    code.startsWith('CERT_') ||
    code.includes('SELF_SIGNED') ||
    code.startsWith('UNABLE_TO_') ||
    code === 'HOSTNAME_MISMATCH' ||
    code === 'INVALID_CA' ||
    code === 'DEPTH_ZERO_SELF_SIGNED_CERT'
  );
}

/** `host:port` for people, IPv6 in brackets. */
export function formatSocketAddress(address: SocketAddress): string {
  return address.family === 6 ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`;
}

export function socketAddress(address: string, port: number): SocketAddress {
  // A dual-stack socket shows IPv4 peers as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2).
  const plain = address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
  return { family: plain.includes(':') ? 6 : 4, address: plain, port };
}
