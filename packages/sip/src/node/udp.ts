/**
 * SIP over UDP (RFC 3261 §18): one socket, its flows by remote address. Datagrams of up to four bytes are keep-alives (RFC 5626 §3.5)
 * and end here.
 *
 * STUN keep-alives that come by it are answered (RFC 5626 §8). Leaves out: multicast.
 */
import { createSocket, type Socket } from 'node:dgram';
import type { Flow, SocketAddress } from '../transport/flow.ts';
import { answerStun, isStun, readStunAnswer, type StunAnswer } from '../transport/stun-keep-alive.ts';
import type { SendOwner } from '../transport/transport-port.ts';
import type { SourceMeter } from './source-meters.ts';
import {
  type Advertise,
  failureOf,
  formatSocketAddress,
  type OwnedFlow,
  socketAddress,
  type TransportEvents,
  type TransportLimits,
} from './transport-events.ts';

/** The largest UDP payload over IPv4. */
const MAX_DATAGRAM = 65_507;
const LONGEST_KEEP_ALIVE = 4;

/** `not-sent`: Node's socket must do it, which can wait. */
export type DirectOutcome = 'sent' | 'not-sent' | Error;

/** System calls on the socket itself, past the event loop that owns it (ffi/direct-datagrams.ts). */
export interface DirectIo {
  send(bytes: Uint8Array, remote: SocketAddress): DirectOutcome;
  /** All that has come. `host`: the IPv4 address as a number. */
  receive(onDatagram: (bytes: Uint8Array, host: number, port: number) => void): void;
}

export interface UdpListenerOptions {
  readonly local: SocketAddress;
  readonly events: TransportEvents;
  readonly limits: TransportLimits;
  readonly advertise: Advertise;
  readonly nextFlowId: () => number;
  readonly meterOf: (address: string) => SourceMeter;
  /** Whether one more message of this source is taken. */
  readonly takes: (meter: SourceMeter) => boolean;
  /** A keep-alive by STUN was answered. */
  readonly onPong?: (answer: StunAnswer, flow: Flow) => void;
  /** Kernel buffers; default 4 MB, as much as the system allows. */
  readonly bufferBytes?: number;
}

/** A flow of a UDP socket; knows which. */
export interface DatagramFlow extends OwnedFlow {
  readonly listener: UdpListener;
  readonly meter: SourceMeter;
  /** Used again since it was made, or since room was last made. */
  used: boolean;
  /** Where {@link DirectIo} finds it; -1: it was not asked for yet. */
  place: number;
}

export class UdpListener {
  readonly kind = 'udp';
  local: SocketAddress;
  isOpen = true;
  readonly #options: UdpListenerOptions;
  readonly #socket: Socket;
  /** In order of first use; see #makeRoom. */
  readonly #flows = new Map<string, DatagramFlow>();
  readonly #byId = new Map<number, DatagramFlow>();
  /** Those of {@link DirectIo}, which tells addresses as numbers. */
  readonly #byPlace = new Map<number, DatagramFlow>();
  #direct: DirectIo | null = null;

  private constructor(options: UdpListenerOptions) {
    this.#options = options;
    this.local = options.local;
    this.#socket = createSocket({
      type: options.local.family === 6 ? 'udp6' : 'udp4',
      ipv6Only: options.local.family === 6,
      // Only addresses are ever sent to: no resolver on the way.
      lookup: (address, _options, done) => done(null, address, options.local.family),
    });
  }

  static async open(options: UdpListenerOptions): Promise<UdpListener> {
    const listener = new UdpListener(options);
    const socket = listener.#socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ address: options.local.address, port: options.local.port }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    const { port } = socket.address();
    listener.local = { ...options.local, port };
    growBuffers(socket, options.bufferBytes ?? 4_194_304);
    socket.on('message', (bytes, remote) => listener.#receive(bytes, remote));
    // An ICMP error or a full buffer must not end the process; each send reports its own failure.
    socket.on('error', () => {});
    return listener;
  }

  /** From now on datagrams take the short way, where they can. */
  useDirect(direct: DirectIo): void {
    this.#direct = direct;
  }

  get isDirect(): boolean {
    return this.#direct !== null;
  }

  /** Takes what has come without waiting for the event loop, where that is possible. */
  drain(): void {
    if (this.isOpen) this.#direct?.receive(this.#receiveDirect);
  }

  flowTo(remote: SocketAddress): DatagramFlow {
    const key = `${remote.address}|${remote.port}`;
    const known = this.#flows.get(key);
    if (known !== undefined) {
      known.used = true;
      return known;
    }
    const flow: DatagramFlow = {
      id: this.#options.nextFlowId(),
      kind: 'udp',
      reliable: false,
      secure: false,
      local: this.local,
      remote,
      advertised: this.#options.advertise(remote, this),
      listener: this,
      meter: this.#options.meterOf(remote.address),
      used: false,
      place: -1,
    };
    this.#flows.set(key, flow);
    this.#byId.set(flow.id, flow);
    if (this.#flows.size > this.#options.limits.datagramFlows) this.#makeRoom();
    return flow;
  }

  flowById(id: number): OwnedFlow | undefined {
    return this.#byId.get(id);
  }

  send(bytes: Uint8Array, flow: Flow, owner: SendOwner | null): void {
    const { address, port } = flow.remote;
    const { events } = this.#options;
    if (bytes.length > MAX_DATAGRAM) {
      if (owner !== null) {
        const detail = `${formatSocketAddress(flow.remote)}: ${bytes.length} bytes do not fit a datagram`;
        queueMicrotask(() => events.onSendFailed(owner, { code: 'too-big', detail }, flow));
      }
      return;
    }
    const outcome = this.#direct?.send(bytes, flow.remote) ?? 'not-sent';
    if (outcome === 'sent') return;
    if (outcome !== 'not-sent') {
      const failure = failureOf(outcome, formatSocketAddress(flow.remote));
      if (owner !== null) queueMicrotask(() => events.onSendFailed(owner, failure, flow));
    } else if (owner === null) this.#socket.send(bytes, port, address);
    else {
      this.#socket.send(bytes, port, address, (error) => {
        if (error) events.onSendFailed(owner, failureOf(error, formatSocketAddress(flow.remote)), flow);
      });
    }
  }

  close(): void {
    this.isOpen = false;
    this.#socket.close();
    this.#flows.clear();
    this.#byId.clear();
    this.#byPlace.clear();
  }

  readonly #receiveDirect = (bytes: Uint8Array, host: number, port: number): void => {
    if (bytes.length <= LONGEST_KEEP_ALIVE || port === 0) return;
    const place = host * 65_536 + port;
    const known = this.#byPlace.get(place);
    const flow = known ?? this.flowTo({ family: 4, address: formatIpv4(host), port });
    if (known === undefined) {
      flow.place = place;
      this.#byPlace.set(place, flow);
    } else known.used = true;
    if (this.#options.takes(flow.meter)) this.#options.events.onBytes(bytes, flow);
  };

  #receive(bytes: Uint8Array, remote: { readonly address: string; readonly port: number }): void {
    if (bytes.length <= LONGEST_KEEP_ALIVE || remote.port === 0) return;
    const flow = this.flowTo(socketAddress(remote.address, remote.port));
    if (!this.#options.takes(flow.meter)) return;
    if (isStun(bytes)) this.#takeStun(bytes, flow);
    else this.#options.events.onBytes(bytes, flow);
  }

  /** RFC 5626 §8. */
  #takeStun(bytes: Uint8Array, flow: DatagramFlow): void {
    const answer = answerStun(bytes, flow.remote);
    if (answer !== undefined) this.send(answer, flow, null);
    else {
      const read = readStunAnswer(bytes);
      if (read !== undefined) this.#options.onPong?.(read, flow);
    }
  }

  /**
   * Forgets about an eighth of the flows: the oldest that were not used again. A flood from forged addresses so displaces itself, not
   * the phones that keep their flow alive.
   */
  #makeRoom(): void {
    let wanted = Math.max(1, this.#flows.size >>> 3);
    let looks = this.#flows.size;
    for (const [key, flow] of this.#flows) {
      if (wanted <= 0 || looks-- <= 0) break;
      this.#flows.delete(key);
      if (flow.used) {
        flow.used = false;
        this.#flows.set(key, flow);
      } else {
        this.#byId.delete(flow.id);
        this.#byPlace.delete(flow.place);
        wanted--;
      }
    }
  }
}

function formatIpv4(host: number): string {
  return `${host >>> 24}.${(host >>> 16) & 255}.${(host >>> 8) & 255}.${host & 255}`;
}

function growBuffers(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
    socket.setSendBufferSize(bytes);
  } catch {
    // The system's limit is lower; its default stays.
  }
}
