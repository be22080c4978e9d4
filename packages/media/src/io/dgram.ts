/**
 * Packet I/O over `node:dgram`: the thread keeps its event loop, and a clock thread (dgram-clock.ts) ticks it through a MessagePort. Node allocates a
 * buffer and an address object per packet; nothing more is allocated here.
 *
 * Leaves out: DSCP (Node cannot set IP_TOS on a UDP socket).
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import { addressWords, copyAddress, formatAddress, parseAddress, portOf, sameAddress, sameHost } from './address.ts';
import { monotonicMs } from './monotonic.ts';
import type { OpenOutcome, OutgoingPacket, PacketIo, PacketSink, SocketSpec } from './packet-io.ts';
import { TickCount } from './tick-count.ts';

/** A socket, and what it last sent to and heard from, so that addresses turn into text and back only when they change. */
interface DgramSocket {
  readonly socket: Socket;
  readonly to: Int32Array;
  toText: string;
  readonly from: Int32Array;
  fromText: string;
  fromPort: number;
}

export class DgramIo implements PacketIo {
  readonly kind = 'dgram';
  readonly canDscp = false;
  readonly source: Int32Array = new Int32Array(addressWords);
  readonly #clock: MessagePort;
  readonly #sockets: (DgramSocket | null)[] = [];
  readonly #ticks = new TickCount();
  readonly #nowMs = new Float64Array(1);
  #sink: PacketSink | null = null;
  /** The buffer being delivered: it is ours, and need not be copied to be sent on. */
  #delivering: Uint8Array | null = null;

  /** @param clock where dgram-clock.ts posts; the message itself says nothing. */
  constructor(clock: MessagePort) {
    this.#clock = clock;
  }

  start(sink: PacketSink): void {
    this.#sink = sink;
    this.#nowMs[0] = monotonicMs();
    this.#ticks.start(this.#nowMs);
    this.#clock.on('message', () => this.#tick());
  }

  stop(): void {
    this.#sink = null;
    this.#clock.close();
    for (const open of this.#sockets) open?.socket.close();
    this.#sockets.length = 0;
  }

  nowMs(): number {
    return monotonicMs();
  }

  utcMs(): number {
    return Date.now();
  }

  open(spec: SocketSpec, onOpened: (outcome: OpenOutcome) => void): void {
    const v6 = isIP(spec.address) === 6;
    const socket = createSocket({ type: v6 ? 'udp6' : 'udp4', ipv6Only: v6, lookup: numericOnly });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      onOpened({ ok: false, reason: reasonOf(error.code), detail: error.message });
    });
    socket.bind({ address: spec.address, port: spec.port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      // What a peer's closed port reports back (ECONNREFUSED) is no fault of ours: RTP goes on.
      socket.on('error', ignore);
      onOpened({ ok: true, socket: this.#own(socket) });
    });
  }

  close(socket: number): void {
    const open = this.#sockets[socket];
    if (open === null || open === undefined) return;
    this.#sockets[socket] = null;
    open.socket.close();
  }

  send(packet: OutgoingPacket): void {
    const open = this.#sockets[packet.socket];
    if (open === null || open === undefined) return;
    const { destination, destinationAt: at, buffer, offset, length } = packet;
    if (!sameHost(destination, at, open.to, 0) || open.toText === '') {
      copyAddress(destination, at, open.to, 0);
      open.toText = formatAddress(destination, at);
    }
    // Node may send later from the buffer that it is given, so one that will be reused is copied.
    const bytes =
      buffer === this.#delivering ? buffer : Uint8Array.prototype.slice.call(buffer, offset, offset + length);
    const from = bytes === buffer ? offset : 0;
    open.socket.send(bytes, from, length, portOf(destination, at), open.toText, ignore);
  }

  #own(socket: Socket): number {
    const free = this.#sockets.indexOf(null);
    const number = free >= 0 ? free : this.#sockets.length;
    const open: DgramSocket = {
      socket,
      to: new Int32Array(addressWords),
      toText: '',
      from: new Int32Array(addressWords),
      fromText: '',
      fromPort: 0,
    };
    this.#sockets[number] = open;
    socket.on('message', (bytes, from) => this.#deliver(number, open, bytes, from));
    return number;
  }

  #deliver(number: number, open: DgramSocket, bytes: Uint8Array, from: RemoteInfo): void {
    if (this.#sink === null || this.#sockets[number] !== open) return;
    if (from.address !== open.fromText || from.port !== open.fromPort) {
      if (!parseAddress(from.address, from.port, open.from, 0)) return;
      open.fromText = from.address;
      open.fromPort = from.port;
    }
    if (!sameAddress(this.source, 0, open.from, 0)) copyAddress(open.from, 0, this.source, 0);
    this.#delivering = bytes;
    this.#sink.onPacket(number, bytes, 0, bytes.length);
    this.#delivering = null;
  }

  /** However many messages the clock thread could bring through: the ticks that are due are worked off. */
  #tick(): void {
    this.#nowMs[0] = monotonicMs();
    if (this.#sink !== null) this.#ticks.catchUp(this.#nowMs, this.#sink);
  }
}

function reasonOf(code: string | undefined): 'in-use' | 'unavailable' | 'limit' {
  if (code === 'EADDRINUSE') return 'in-use';
  return code === 'EMFILE' || code === 'ENFILE' || code === 'ENOBUFS' ? 'limit' : 'unavailable';
}

/** Destinations are numeric: no name is ever looked up, and the answer comes at once. */
function numericOnly(
  address: string,
  _options: unknown,
  done: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  done(null, address, isIP(address));
}

function ignore(): void {}
