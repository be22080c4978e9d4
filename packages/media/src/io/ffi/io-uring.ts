/**
 * Packet I/O by io_uring: each socket has one receive in the ring that goes on until it is closed, sends are collected, and one system call per batch submits
 * them, waits for more, and is the clock. Nothing is allocated per packet. The thread blocks in `run` for good: commands come when somebody writes to
 * `wakeDescriptor`.
 *
 * Leaves out: datagrams above 2,048 octets, as no RTP packet is that long: they are dropped.
 */
import { addressWords } from '../address.ts';
import type { BlockingHooks, BlockingIoOptions, BlockingPacketIo } from '../blocking-io.ts';
import type { OpenOutcome, OutgoingPacket, PacketSink, SocketSpec } from '../packet-io.ts';
import { TickCount } from '../tick-count.ts';
import { BufferRing, bufferBytes } from './buffer-ring.ts';
import { DatagramSlots, datagramBytes, slotBytes } from './datagram-slots.ts';
import { IoFailed, isDefect } from './io-failure.ts';
import { KernelClock } from './kernel-clock.ts';
import { eventFlags, eventfd } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import { operation, Ring, type Submission } from './ring.ts';
import { fits } from './socket-address.ts';
import { SocketTable } from './socket-table.ts';
import { msghdr, sockaddrIn6 } from './struct-layout.ts';

const kind = { RECEIVE: 1, SEND: 2, WAKE: 3, CANCEL: 4 } as const;
/** For what has come and was not taken up yet, of all sockets. */
const buffers = 4096;
/** In one batch, each with room for a datagram; when there are more the ring submits in between. */
const submissions = 256;
/** So many packets are worth taking up before the gathering time is over. */
const gatherPackets = 32;
/** The clock is read anew, and ticks, after so many packets of a batch. */
const packetsPerLook = 16;
/** In the scratch memory; before it, what a wake-up writes. */
const receiveHeader = 64;

export class IoUringIo implements BlockingPacketIo {
  readonly kind = 'io_uring';
  readonly canDscp = true;
  readonly source: Int32Array = new Int32Array(addressWords);
  readonly wakeDescriptor: number;
  readonly #ring: Ring;
  readonly #gatherUs: number;
  readonly #sockets: SocketTable;
  /** Buffers, then send slots: one memory, so that a packet is copied from one to the other without a view. */
  readonly #memory: MappedMemory;
  readonly #inbound: BufferRing;
  /** One for each entry of the ring. */
  readonly #outbound: DatagramSlots;
  /** What a wake-up writes, and the one msghdr of all receives: it says how long a sender's address may be. */
  readonly #scratch = MappedMemory.anonymous(4096);
  readonly #pointer = new Int32Array(2);
  readonly #submission: Submission = {
    opcode: 0,
    descriptor: 0,
    addressLow: 0,
    addressHigh: 0,
    length: 0,
    toLow: 0,
    toHigh: 0,
    toLength: 0,
    index: 0,
    kind: 0,
  };
  #sink: PacketSink | null = null;
  readonly #clock = new KernelClock();
  readonly #ticks = new TickCount();
  #isStopped = false;

  /** @throws IoRefused, IoFailed */
  constructor({ maxSockets, gatherUs }: BlockingIoOptions) {
    this.#sockets = new SocketTable(maxSockets);
    this.#gatherUs = gatherUs;
    this.#ring = new Ring(submissions, Math.max(2 * submissions, 2 * maxSockets + buffers));
    this.#memory = MappedMemory.anonymous(buffers * bufferBytes + this.#ring.size * slotBytes);
    this.#inbound = new BufferRing(this.#memory, buffers);
    this.#outbound = new DatagramSlots(this.#memory, buffers * bufferBytes);
    this.#ring.useBuffers(this.#inbound);
    this.#scratch.words[(receiveHeader + msghdr.msg_namelen) >> 2] = sockaddrIn6.SIZE;
    this.wakeDescriptor = eventfd(0, eventFlags);
  }

  start(sink: PacketSink): void {
    this.#sink = sink;
    this.#clock.look();
    this.#ticks.start(this.#clock.nowMs);
  }

  stop(): void {
    this.#isStopped = true;
  }

  run(hooks: BlockingHooks): void {
    this.#awaitWake();
    hooks.onWake();
    while (!this.#isStopped) {
      this.#ring.enter(gatherPackets, this.#gatherUs, this.#untilTickUs());
      this.#clock.look();
      this.#takeUp(hooks);
      this.#tick();
      hooks.afterBatch();
    }
    this.#sockets.closeAll();
  }

  nowMs(): number {
    return this.#clock.ms;
  }

  utcMs(): number {
    return Date.now();
  }

  open(spec: SocketSpec, onOpened: (outcome: OpenOutcome) => void): void {
    const outcome = this.#sockets.open(spec);
    const open = outcome.ok ? this.#sockets.openAt(outcome.socket) : null;
    if (outcome.ok && open !== null) this.#receive(outcome.socket, open.descriptor);
    onOpened(outcome);
  }

  /** The descriptor is closed, and the number free, when the kernel has given back the slot that it may be writing to. */
  close(socket: number): void {
    if (!this.#sockets.beginClose(socket)) return;
    // Where an address would stand: the user data of what is to be cancelled.
    this.#pointer[0] = socket;
    this.#pointer[1] = kind.RECEIVE;
    this.#submission.length = 0;
    this.#submission.index = socket;
    this.#submission.kind = kind.CANCEL;
    this.#submit(operation.ASYNC_CANCEL, -1);
  }

  send(packet: OutgoingPacket): void {
    const open = this.#sockets.openAt(packet.socket);
    const { destination, destinationAt } = packet;
    if (open === null || !fits(destination, destinationAt, open.isV6)) return;
    const slot = this.#ring.place();
    const slots = this.#outbound;
    if (!slots.fill(slot, packet.buffer, packet.offset, packet.length)) return;
    const one = this.#submission;
    one.toLength = slots.address(slot, destination, destinationAt, open.isV6);
    this.#memory.putPointer(this.#pointer, 0, slots.addressOf(slot));
    one.toLow = this.#pointer[0] as number;
    one.toHigh = this.#pointer[1] as number;
    this.#memory.putPointer(this.#pointer, 0, slots.offsetOf(slot));
    one.length = packet.length;
    one.index = slot;
    one.kind = kind.SEND;
    this.#submit(operation.SEND, open.descriptor);
    one.toLow = 0;
    one.toHigh = 0;
    one.toLength = 0;
  }

  #receive(socket: number, descriptor: number): void {
    this.#scratch.putPointer(this.#pointer, 0, receiveHeader);
    this.#submission.length = 1;
    this.#submission.index = socket;
    this.#submission.kind = kind.RECEIVE;
    this.#submit(operation.RECVMSG, descriptor);
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
    this.#scratch.putPointer(this.#pointer, 0, 0);
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
          this.#received(ring.index, ring.buffer);
          if (!ring.more) this.#receiveEnded(ring.index, ring.result);
          if (++packets % packetsPerLook === 0) this.#tick();
          break;
        case kind.WAKE:
          this.#awaitWake();
          hooks.onWake();
          break;
      }
    }
  }

  #received(socket: number, buffer: number): void {
    // What a peer's closed port reports back comes without a buffer, and is no fault of ours.
    if (buffer < 0) return;
    const inbound = this.#inbound;
    if (this.#sockets.openAt(socket) !== null && this.#sink !== null && !isTooLong(inbound, buffer)) {
      inbound.readSource(buffer, this.source);
      this.#sink.onPacket(socket, this.#memory.bytes, inbound.offsetOf(buffer), inbound.lengthOf(buffer));
    }
    inbound.give(buffer);
  }

  /** It was cancelled; or there was an error, or no buffer for once, and it begins again. */
  #receiveEnded(socket: number, result: number): void {
    const open = this.#sockets.openAt(socket);
    if (open === null) this.#sockets.endClose(socket);
    else if (isDefect(-result)) throw new IoFailed('a receive', -result);
    else this.#receive(socket, open.descriptor);
  }

  #untilTickUs(): number {
    this.#clock.look();
    return this.#ticks.untilNextUs(this.#clock.nowMs);
  }

  #tick(): void {
    this.#clock.look();
    if (this.#sink !== null) this.#ticks.catchUp(this.#clock.nowMs, this.#sink);
  }
}

function isTooLong(inbound: BufferRing, buffer: number): boolean {
  return inbound.wasTruncated(buffer) || inbound.lengthOf(buffer) > datagramBytes;
}
