/**
 * Packet I/O of one packet thread: sockets, and the 20 ms clock, which belongs to the implementation (with io_uring and epoll the I/O wait is
 * the clock; with `node:dgram` another thread ticks this one). The thread's logic is the sink; it is called and calls back, nothing is
 * allocated per packet but by the implementation itself.
 *
 * Implementations: ffi/io-uring.ts, ffi/epoll.ts; dgram.ts; in memory for tests (memory.ts).
 */

/** One media frame: what the clock ticks by. */
export const tickMs = 20;

export interface PacketSink {
  /**
   * A datagram is in `buffer` at `offset`; its source address stands in `PacketIo.source` (five words, address.ts). Both are only valid during the
   * call; the buffer may be changed in place and sent on from.
   */
  onPacket(socket: number, buffer: Uint8Array, offset: number, length: number): void;
  /** Tick `number` since the start is due; calls are never skipped: a late implementation calls several times in a row. */
  onTick(number: number): void;
}

export interface SocketSpec {
  /** Numeric. */
  readonly address: string;
  readonly port: number;
  /** 0-63, or 0 for none. */
  readonly dscp: number;
}

/** `in-use`: try another port. `unavailable`: this address cannot be bound at all. */
export type OpenOutcome =
  | { readonly ok: true; readonly socket: number }
  | { readonly ok: false; readonly reason: 'in-use' | 'unavailable' | 'limit'; readonly detail: string };

export interface PacketIo {
  /** `dgram`, `epoll`, `io_uring`, `memory`. */
  readonly kind: string;
  /** Whether SocketSpec.dscp has an effect. */
  readonly canDscp: boolean;
  /** Source address of the packet being delivered. */
  readonly source: Int32Array;
  /** From now on the sink is called. */
  start(sink: PacketSink): void;
  stop(): void;
  /** Monotonic, comparable between threads of this process (hrtime's zero); read once per packet, so it must be cheap. */
  nowMs(): number;
  /** Wall clock, for NTP timestamps. */
  utcMs(): number;
  /** Opens and binds. A socket number is small, never negative, and may be reused after `close`. */
  open(spec: SocketSpec, onOpened: (outcome: OpenOutcome) => void): void;
  close(socket: number): void;
  /** Sends to the address in `destination[socketAt...]` (five words). When it returns the buffer may be reused. Never throws; what fails is lost, as UDP is. */
  send(packet: OutgoingPacket): void;
}

/** Filled and passed by the sender, one object for all packets. */
export interface OutgoingPacket {
  socket: number;
  buffer: Uint8Array;
  offset: number;
  length: number;
  destination: Int32Array;
  destinationAt: number;
}
