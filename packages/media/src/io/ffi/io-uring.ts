/**
 * Packet I/O by io_uring: each socket has one receive waiting in the ring, sends are collected, and one system call per batch submits both, waits for more,
 * and is the clock. Nothing is allocated per packet. The thread blocks in `run` for good: commands come when somebody writes to `wakeDescriptor`.
 *
 * Leaves out: datagrams above 2,048 octets (dropped, as no RTP packet is that long); provided buffers and multishot receives, which save no call here.
 */
import { addressWords } from '../address.ts';
import type { BlockingHooks, BlockingPacketIo } from '../blocking-io.ts';
import { monotonicMs } from '../monotonic.ts';
import { type OpenOutcome, type OutgoingPacket, type PacketSink, type SocketSpec, tickMs } from '../packet-io.ts';
import { DatagramSlots, fits, layout, slotBytes } from './datagram-slots.ts';
import { close, eventFlags, eventfd } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import { operation, Ring, type Submission } from './ring.ts';
import { UdpSockets } from './udp-socket.ts';

const kind = { RECEIVE: 1, SEND: 2, WAKE: 3, CANCEL: 4 } as const;
/** More at once wait for a place: the kernel takes sends at once, so they hardly ever do. */
const sendSlots = 1024;
/** In one batch; when there are more the ring submits in between. */
const submissions = 4096;
/** So many packets are worth taking up before the gathering time is over. */
const gatherPackets = 64;
/** The clock is read anew after so many packets of a batch. */
const packetsPerLook = 16;
const mostTicksAtOnce = 25;

interface OpenSocket {
  readonly descriptor: number;
  readonly isV6: boolean;
  isClosing: boolean;
}

export interface IoUringOptions {
  readonly maxSockets: number;
  /** Packets are gathered for so long once the thread has taken up the last ones; 0: it wakes for each. */
  readonly gatherUs: number;
}

export class IoUringIo implements BlockingPacketIo {
  readonly kind = 'io_uring';
  readonly canDscp = true;
  readonly source: Int32Array = new Int32Array(addressWords);
  readonly wakeDescriptor: number;
  readonly #ring: Ring;
  readonly #gatherUs: number;
  readonly #udp = new UdpSockets();
  readonly #inbound: DatagramSlots;
  readonly #outbound = new DatagramSlots(sendSlots);
  readonly #freeSends: number[] = Array.from({ length: sendSlots }, (_, slot) => slot);
  readonly #sockets: (OpenSocket | null)[] = [];
  readonly #freeSockets: number[] = [];
  readonly #maxSockets: number;
  readonly #wakeMemory = MappedMemory.anonymous(4096);
  readonly #pointer = new Int32Array(2);
  readonly #submission: Submission = {
    opcode: 0,
    descriptor: 0,
    addressLow: 0,
    addressHigh: 0,
    length: 0,
    index: 0,
    kind: 0,
  };
  #sink: PacketSink | null = null;
  #nowMs = monotonicMs();
  #startMs = 0;
  #ticked = 0;
  #isStopped = false;

  /** @throws RingRefused */
  constructor({ maxSockets, gatherUs }: IoUringOptions) {
    this.#maxSockets = maxSockets;
    this.#gatherUs = gatherUs;
    this.#ring = new Ring(submissions, Math.max(2 * submissions, 2 * maxSockets + sendSlots));
    this.#inbound = new DatagramSlots(maxSockets);
    this.wakeDescriptor = eventfd(0, eventFlags);
  }

  start(sink: PacketSink): void {
    this.#sink = sink;
    this.#nowMs = monotonicMs();
    this.#startMs = this.#nowMs;
  }

  stop(): void {
    this.#isStopped = true;
  }

  run(hooks: BlockingHooks): void {
    this.#awaitWake();
    hooks.onWake();
    while (!this.#isStopped) {
      this.#ring.enter(gatherPackets, this.#gatherUs, this.#untilTickUs());
      this.#look();
      this.#takeUp(hooks);
      this.#tick();
      hooks.afterBatch();
    }
    for (const socket of this.#sockets) if (socket !== null) close(socket.descriptor);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  utcMs(): number {
    return Date.now();
  }

  open(spec: SocketSpec, onOpened: (outcome: OpenOutcome) => void): void {
    const free = this.#freeSockets.pop() ?? this.#sockets.length;
    if (free >= this.#maxSockets) {
      onOpened({ ok: false, reason: 'limit', detail: `${this.#maxSockets} sockets are open` });
      return;
    }
    const opened = this.#udp.open(spec);
    if ('ok' in opened) {
      this.#freeSockets.push(free);
      if (free === this.#sockets.length) this.#sockets.push(null);
      onOpened(opened);
      return;
    }
    this.#sockets[free] = { ...opened, isClosing: false };
    this.#receive(free, opened.descriptor);
    onOpened({ ok: true, socket: free });
  }

  /** The descriptor is closed, and the number free, when the kernel has given back the slot that it may be writing to. */
  close(socket: number): void {
    const open = this.#sockets[socket];
    if (open === null || open === undefined || open.isClosing) return;
    open.isClosing = true;
    // Where an address would stand: the user data of what is to be cancelled.
    this.#pointer[0] = socket;
    this.#pointer[1] = kind.RECEIVE;
    this.#submission.length = 0;
    this.#submission.index = socket;
    this.#submission.kind = kind.CANCEL;
    this.#submit(operation.ASYNC_CANCEL, -1);
  }

  send(packet: OutgoingPacket): void {
    const open = this.#sockets[packet.socket];
    const slot = this.#freeSends.pop();
    if (slot === undefined) return;
    const { destination, destinationAt } = packet;
    const isOurs =
      open !== null && open !== undefined && !open.isClosing && fits(destination, destinationAt, open.isV6);
    if (!isOurs || !this.#outbound.fill(slot, packet.buffer, packet.offset, packet.length)) {
      this.#freeSends.push(slot);
      return;
    }
    this.#outbound.address(slot, destination, destinationAt, open.isV6);
    this.#pointAt(this.#outbound, slot);
    this.#submission.kind = kind.SEND;
    this.#submit(operation.SENDMSG, open.descriptor);
  }

  #receive(socket: number, descriptor: number): void {
    this.#inbound.readyToReceive(socket);
    this.#pointAt(this.#inbound, socket);
    this.#submission.kind = kind.RECEIVE;
    this.#submit(operation.RECVMSG, descriptor);
  }

  /** At the one msghdr of a slot. */
  #pointAt(slots: DatagramSlots, slot: number): void {
    slots.memory.putPointer(this.#pointer, 0, slot * slotBytes + layout.MSGHDR);
    this.#submission.length = 1;
    this.#submission.index = slot;
  }

  #submit(opcode: number, descriptor: number): void {
    const one = this.#submission;
    one.opcode = opcode;
    one.descriptor = descriptor;
    one.addressLow = this.#pointer[0] as number;
    one.addressHigh = this.#pointer[1] as number;
    this.#ring.push(one);
  }

  #awaitWake(): void {
    this.#wakeMemory.putPointer(this.#pointer, 0, 0);
    this.#submission.length = 8;
    this.#submission.index = 0;
    this.#submission.kind = kind.WAKE;
    this.#submit(operation.READ, this.wakeDescriptor);
  }

  #takeUp(hooks: BlockingHooks): void {
    const ring = this.#ring;
    let packets = 0;
    while (ring.next()) {
      switch (ring.kind) {
        case kind.RECEIVE:
          if (++packets % packetsPerLook === 0) this.#look();
          this.#received(ring.index, ring.result);
          break;
        case kind.SEND:
          this.#freeSends.push(ring.index);
          break;
        case kind.WAKE:
          this.#awaitWake();
          hooks.onWake();
          break;
      }
    }
  }

  #received(socket: number, result: number): void {
    const open = this.#sockets[socket];
    if (open === null || open === undefined) return;
    if (open.isClosing) {
      close(open.descriptor);
      this.#sockets[socket] = null;
      this.#freeSockets.push(socket);
      return;
    }
    const slots = this.#inbound;
    // What a peer's closed port reports back is no fault of ours: an error is passed over, and RTP goes on.
    if (result >= 0 && this.#sink !== null && !slots.wasTruncated(socket)) {
      slots.readSource(socket, this.source);
      this.#sink.onPacket(socket, slots.memory.bytes, slots.offsetOf(socket), result);
    }
    if (open.isClosing) this.#received(socket, 0);
    else this.#receive(socket, open.descriptor);
  }

  #look(): void {
    this.#nowMs = monotonicMs();
  }

  #untilTickUs(): number {
    const dueMs = this.#startMs + (this.#ticked + 1) * tickMs;
    return Math.max(0, Math.round((dueMs - monotonicMs()) * 1000));
  }

  #tick(): void {
    this.#look();
    const due = Math.floor((this.#nowMs - this.#startMs) / tickMs);
    if (due - this.#ticked > mostTicksAtOnce) this.#ticked = due - mostTicksAtOnce;
    while (this.#ticked < due && this.#sink !== null) {
      this.#ticked++;
      this.#sink.onTick(this.#ticked);
    }
  }
}
