/**
 * Packet I/O by epoll, where the machine gives no io_uring: the wait for packets is the clock; each is taken up by a call of its own and sent by another, out of
 * the memory that it came into. Nothing is allocated per packet. The thread blocks in `run` for good: commands come when somebody writes to `wakeDescriptor`.
 *
 * Leaves out: datagrams above 2,048 octets, as no RTP packet is that long: they are dropped.
 */
import { addressWords } from '../address.ts';
import type { BlockingHooks, BlockingIoOptions, BlockingPacketIo } from '../blocking-io.ts';
import type { OpenOutcome, OutgoingPacket, PacketSink, SocketSpec } from '../packet-io.ts';
import { TickCount } from '../tick-count.ts';
import { DatagramSlots, slotBytes } from './datagram-slots.ts';
import { IoFailed, isDefect } from './io-failure.ts';
import { KernelClock } from './kernel-clock.ts';
import { errno, eventFlags, eventfd, MSG_DONTWAIT, read, recvmsg, sendmsg } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import { mostEvents, Poller } from './poller.ts';
import { fits } from './socket-address.ts';
import { SocketTable } from './socket-table.ts';

/** Of one socket before others have their turn. */
const mostOfOne = 128;
/** The clock is read anew, and ticks, after so many packets of a batch. */
const packetsPerLook = 16;
/** A packet is sent from where it is, if that is memory of ours, or from a copy. */
const slot = { RECEIVED: 0, IN_PLACE: 1, COPY: 2 } as const;
const slots = 3;

export interface EpollOptions extends BlockingIoOptions {
  /** As on kernels without epoll_pwait2 (poller.ts), for tests. */
  readonly waitsByPpoll?: boolean;
}

export class EpollIo implements BlockingPacketIo {
  readonly kind = 'epoll';
  readonly canDscp = true;
  readonly source: Int32Array = new Int32Array(addressWords);
  readonly wakeDescriptor: number = eventfd(0, eventFlags);
  readonly #poller: Poller;
  readonly #gatherUs: number;
  readonly #sockets: SocketTable;
  /** One past the sockets' numbers. */
  readonly #wakeNumber: number;
  readonly #memory = MappedMemory.anonymous(slots * slotBytes);
  readonly #slots = new DatagramSlots(this.#memory, 0);
  readonly #headers = [slot.RECEIVED, slot.IN_PLACE, slot.COPY].map((at) =>
    this.#memory.pointer(this.#slots.headerOf(at)),
  );
  /** What a wake-up has counted. */
  readonly #wakes = MappedMemory.anonymous(4096).pointer(0);
  readonly #clock = new KernelClock();
  readonly #ticks = new TickCount();
  #sink: PacketSink | null = null;
  /** Of the batch. */
  #packets = 0;
  #isMore = false;
  #isWoken = false;
  #isStopped = false;

  /** @throws IoRefused, IoFailed */
  constructor({ maxSockets, gatherUs, waitsByPpoll = false }: EpollOptions) {
    for (const at of Object.values(slot)) this.#slots.prepare(at);
    this.#gatherUs = gatherUs;
    this.#sockets = new SocketTable(maxSockets);
    this.#wakeNumber = maxSockets;
    this.#poller = new Poller({ waitsByPpoll });
    if (!this.#poller.add(this.wakeDescriptor, this.#wakeNumber)) throw new IoFailed('epoll_ctl', errno());
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
    hooks.onWake();
    while (!this.#isStopped) {
      this.#takeUp(this.#poller.wait(this.#untilTickUs()));
      this.#tick();
      if (this.#isWoken) {
        this.#isWoken = false;
        read(this.wakeDescriptor, this.#wakes, 8n);
        hooks.onWake();
      }
      hooks.afterBatch();
      if (this.#packets > 0 && !this.#isMore) this.#gather();
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
    if (!outcome.ok || open === null || this.#poller.add(open.descriptor, outcome.socket)) {
      onOpened(outcome);
      return;
    }
    const detail = `epoll_ctl: errno ${errno()}`;
    this.#sockets.close(outcome.socket);
    onOpened({ ok: false, reason: 'limit', detail });
  }

  close(socket: number): void {
    const open = this.#sockets.openAt(socket);
    if (open === null) return;
    this.#poller.remove(open.descriptor);
    this.#sockets.close(socket);
  }

  /** At once: one call for many packets is for one socket only, and of a relayed batch hardly two leave by the same. */
  send(packet: OutgoingPacket): void {
    const open = this.#sockets.openAt(packet.socket);
    const { buffer, destination, destinationAt } = packet;
    if (open === null || !fits(destination, destinationAt, open.isV6)) return;
    const at = buffer.buffer === this.#memory.bytes.buffer ? slot.IN_PLACE : slot.COPY;
    const isFilled =
      at === slot.IN_PLACE
        ? this.#slots.fillInPlace(at, packet.offset, packet.length)
        : this.#slots.fill(at, buffer, packet.offset, packet.length);
    if (!isFilled) return;
    this.#slots.address(at, destination, destinationAt, open.isV6);
    sendmsg(open.descriptor, this.#headers[at] as bigint, 0);
  }

  /**
   * One packet of each socket that has any; few have two. Before packets are gathered those that have more are emptied, or a socket would get no further than
   * one packet per gathering.
   */
  #takeUp(ready: number): void {
    this.#packets = 0;
    this.#isMore = ready === mostEvents;
    this.#clock.look();
    for (let index = 0; index < ready; index++) this.#ready(this.#poller.numberAt(index), 1);
    if (this.#gatherUs === 0 || this.#packets === 0 || this.#isMore) return;
    const again = this.#poller.wait(0);
    this.#isMore = again === mostEvents;
    for (let index = 0; index < again; index++) this.#ready(this.#poller.numberAt(index), mostOfOne);
  }

  #ready(number: number, most: number): void {
    if (number === this.#wakeNumber) {
      this.#isWoken = true;
      return;
    }
    const open = this.#sockets.openAt(number);
    let taken = 0;
    // A packet, or a tick between two, may close the socket.
    while (open !== null && this.#sockets.openAt(number) === open) {
      if (taken === most) {
        this.#isMore ||= most > 1;
        return;
      }
      const length = recvmsg(open.descriptor, this.#headers[slot.RECEIVED] as bigint, MSG_DONTWAIT);
      if (length < 0) {
        if (taken === 0) this.#nothing();
        return;
      }
      taken++;
      this.#received(number, length);
    }
  }

  #received(socket: number, length: number): void {
    this.#slots.takeSource(slot.RECEIVED, this.source);
    if (this.#sink !== null && this.#slots.isWhole(slot.RECEIVED))
      this.#sink.onPacket(socket, this.#memory.bytes, this.#slots.offsetOf(slot.RECEIVED), length);
    if (++this.#packets % packetsPerLook === 0) this.#tick();
  }

  /** What a peer's closed port reports back is no fault of ours, and UDP may lose what was announced. */
  #nothing(): void {
    const why = errno();
    if (isDefect(why)) throw new IoFailed('recvmsg', why);
  }

  /** Packets gather while the thread sleeps: until the next tick at most, or until it is woken. */
  #gather(): void {
    if (this.#gatherUs === 0) return;
    const forUs = Math.min(this.#gatherUs, this.#untilTickUs());
    if (forUs > 0) this.#poller.sleep(this.wakeDescriptor, forUs);
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
