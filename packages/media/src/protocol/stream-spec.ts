/**
 * A stream: one medium of one leg (an m-line's worth of RTP and RTCP), as control describes it to the engine. A stream is not a socket:
 * with BUNDLE several streams will name one transport, and one session has as many sockets as it needs.
 */

export type MediaKind = 'audio' | 'video' | 'image' | 'text' | 'application';

/** As our own SDP towards that leg says: `sendonly` means that we send to the peer and expect nothing. */
export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

export interface StreamSpec {
  /** Unique within the engine, chosen by control. */
  readonly streamId: string;
  readonly kind: MediaKind;
  /** The local interface to bind, numeric IPv4 or IPv6. Default: the engine's first --bind address. */
  readonly address?: string;
  /** Differentiated services code point, 0-63 (46 = EF). Ignored, and said so by the capability `dscp`, where the I/O kind cannot. */
  readonly dscp?: number;
  /** No RTP and no RTCP for so long is reported by `streamTimeout`. Default 30,000; 0 switches it off. */
  readonly timeoutMs?: number;
  /** One that was reserved: the stream stands open as soon as the command is carried out, at that address and with that mark. */
  readonly transportId?: string;
}

/** Where the engine listens for a stream. */
export interface LocalStream {
  readonly streamId: string;
  /** Names the transport; two streams with the same one share its sockets. */
  readonly transportId: string;
  readonly address: string;
  /** Even. */
  readonly rtpPort: number;
  /** rtpPort + 1; with rtcp-mux it stays open and unused. */
  readonly rtcpPort: number;
  /** What we send to this leg carries this SSRC for the stream's whole life, whoever the source is. */
  readonly ssrc: number;
  readonly cname: string;
}

/** A transport held in advance (`reserve`): what a stream that names it will say of itself. */
export interface ReservedTransport extends Omit<LocalStream, 'streamId'> {
  /** Streams of one session, and streams to be joined, must be at one place. */
  readonly place: number;
}

/** The peer's transport address as its SDP says; latching may find another. */
export interface RemoteAddress {
  readonly address: string;
  readonly port: number;
  /** RFC 3605 a=rtcp; default: port + 1, or port with rtcpMux. */
  readonly rtcpPort?: number;
  /** RFC 5761: RTP and RTCP on one port. */
  readonly rtcpMux?: boolean;
}

/** One payload type as negotiated on this leg. */
export interface CodecSpec {
  readonly payloadType: number;
  /** rtpmap name, upper case: PCMU, PCMA, G722, OPUS, CN ... telephone-event is said by dtmfPayloadType. */
  readonly name: string;
  readonly clockRate: number;
  /** Default 1. */
  readonly channels?: number;
}

/** [payload type as received, payload type as sent on]. */
export type PayloadMap = readonly (readonly [from: number, to: number])[];
