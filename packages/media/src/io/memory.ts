/**
 * Packet I/O without a network, for tests and the virtual-time engine: packets are put in by `receive`, taken out by the `onSend` that the owner gave, and
 * the clock ticks when the owner says so. Time is an argument.
 */
import { formatAddress, parseAddress, portOf } from './address.ts';
import type { OpenOutcome, OutgoingPacket, PacketIo, PacketSink, SocketSpec } from './packet-io.ts';

export interface MemoryDatagram {
  readonly from: { readonly address: string; readonly port: number };
  readonly to: { readonly address: string; readonly port: number };
  readonly bytes: Uint8Array;
}

export interface MemoryIoOptions {
  nowMs(): number;
  utcMs(): number;
  onSend(datagram: MemoryDatagram): void;
  /** Ports that somebody else holds. */
  isTaken?(port: number): boolean;
}

export class MemoryIo implements PacketIo {
  readonly kind = 'memory';
  readonly canDscp = true;
  readonly source: Int32Array = new Int32Array(5);
  readonly #options: MemoryIoOptions;
  readonly #sockets: (SocketSpec | null)[] = [];
  #sink: PacketSink | null = null;
  #ticks = 0;

  constructor(options: MemoryIoOptions) {
    this.#options = options;
  }

  start(sink: PacketSink): void {
    this.#sink = sink;
  }

  stop(): void {
    this.#sink = null;
  }

  nowMs(): number {
    return this.#options.nowMs();
  }

  utcMs(): number {
    return this.#options.utcMs();
  }

  open(spec: SocketSpec, onOpened: (outcome: OpenOutcome) => void): void {
    const taken = this.#options.isTaken?.(spec.port) === true || this.#find(spec.address, spec.port) >= 0;
    if (taken) {
      onOpened({ ok: false, reason: 'in-use', detail: `${spec.address}:${spec.port}` });
      return;
    }
    const free = this.#sockets.indexOf(null);
    const socket = free >= 0 ? free : this.#sockets.length;
    this.#sockets[socket] = spec;
    onOpened({ ok: true, socket });
  }

  close(socket: number): void {
    this.#sockets[socket] = null;
  }

  send(packet: OutgoingPacket): void {
    const socket = this.#sockets[packet.socket];
    if (socket === null || socket === undefined) return;
    this.#options.onSend({
      from: { address: socket.address, port: socket.port },
      to: {
        address: formatAddress(packet.destination, packet.destinationAt),
        port: portOf(packet.destination, packet.destinationAt),
      },
      bytes: packet.buffer.slice(packet.offset, packet.offset + packet.length),
    });
  }

  /** A datagram arrives; one for a port nobody has open is lost. @returns whether somebody has. */
  receive(datagram: MemoryDatagram): boolean {
    const socket = this.#find(datagram.to.address, datagram.to.port);
    if (socket < 0 || this.#sink === null) return false;
    parseAddress(datagram.from.address, datagram.from.port, this.source, 0);
    const bytes = datagram.bytes.slice();
    this.#sink.onPacket(socket, bytes, 0, bytes.length);
    return true;
  }

  tick(): void {
    this.#ticks++;
    this.#sink?.onTick(this.#ticks);
  }

  /** Sockets open now. */
  get openCount(): number {
    return this.#sockets.filter((socket) => socket !== null).length;
  }

  #find(address: string, port: number): number {
    return this.#sockets.findIndex((socket) => socket !== null && socket.port === port && socket.address === address);
  }
}
