/**
 * One TCP or TLS connection as a flow: framing (RFC 3261 §18.3), CRLF pings and pongs (RFC 5626 §3.5.1), and the bounds that keep a slow,
 * silent or hostile peer from costing more than a connection.
 */
import type { Socket } from 'node:net';
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { Limits } from '../message/limits.ts';
import type { ParseFailure } from '../message/parse-failure.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { StreamParser, type StreamSink } from '../message/stream-parser.ts';
import type { TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';
import { nativeBytesToString } from './native-text.ts';
import { KEEP_ALIVE } from './tcp.ts';
import {
  type Connection,
  type ConnectionOwner,
  failureOf,
  formatSocketAddress,
  type OwnedFlow,
  PING,
  PONG,
  socketAddress,
} from './transport-events.ts';
import { WriteQueue } from './write-queue.ts';

export interface StreamConnectionOptions {
  readonly flow: OwnedFlow;
  readonly socket: Socket;
  readonly owner: ConnectionOwner;
  readonly clock: Clock;
  readonly acceptedFrom: string | undefined;
  readonly messageLimits: Limits;
}

const CONNECT = 1;
const MESSAGE = 2;
const IDLE = 3;
const PONG_WAIT = 4;
const DRAIN = 5;
const STALL = 6;
/** How long a connection whose stream is lost stays for its last answer. */
const DRAIN_MS = 500;

interface Queued {
  readonly bytes: Uint8Array;
  readonly owner: SendOwner | null;
}

export class StreamConnection implements Connection, StreamSink, TimerOwner {
  readonly flow: OwnedFlow;
  readonly acceptedFrom: string | undefined;
  isUsed = false;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #clock: Clock;
  readonly #parser: StreamParser;
  readonly #peer: string;
  #state: 'connecting' | 'open' | 'closed';
  #queue: Queued[] = [];
  readonly #writes: WriteQueue;
  #stateTimer: TimerId = 0;
  #idleTimer: TimerId = 0;
  #pongTimer: TimerId = 0;
  #stallTimer: TimerId = 0;
  lastHeardMs = 0;
  /** The framing is lost: nothing more is read. */
  #isLost = false;
  readonly #paused = new Set<string>();
  #heldBytes = 0;

  /** @param state 'connecting': the caller announces success by `opened()`. */
  constructor(options: StreamConnectionOptions, state: 'connecting' | 'open') {
    this.flow = options.flow;
    this.acceptedFrom = options.acceptedFrom;
    this.#socket = options.socket;
    this.#owner = options.owner;
    this.#clock = options.clock;
    this.#parser = new StreamParser(this, {
      limits: options.messageLimits,
      decode: nativeBytesToString,
      role: state === 'connecting' ? 'opened' : 'accepted',
    });
    this.#peer = formatSocketAddress(options.flow.remote);
    this.#state = state;
    this.#writes = this.#createWrites();
    const { limits } = this.#owner;
    this.lastHeardMs = this.#clock.nowMs();
    if (state === 'connecting') this.#stateTimer = this.#clock.arm(limits.connectTimeoutMs, this, CONNECT);
    else this.#stateTimer = this.#clock.arm(limits.messageTimeoutMs, this, MESSAGE);
    if (this.acceptedFrom !== undefined && limits.idleTimeoutMs > 0) {
      this.#idleTimer = this.#clock.arm(limits.idleTimeoutMs, this, IDLE);
    }
    this.#socket.setNoDelay(true);
    this.#socket.on('drain', () => this.#drained());
    this.#socket.on('data', (bytes: Uint8Array) => this.#receive(bytes));
    this.#socket.on('error', (error) => this.close(failureOf(error, this.#peer)));
    this.#socket.on('close', () =>
      this.close({ code: 'closed', detail: `${this.#peer}: the peer closed the connection` }),
    );
    this.#socket.on('end', () =>
      this.close({ code: 'closed', detail: `${this.#peer}: the peer closed the connection` }),
    );
  }

  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  /** The connection, and TLS on it, stands: what waited goes out. */
  opened(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'open';
    this.#disarmState();
    this.#socket.setKeepAlive(true, KEEP_ALIVE.keepAliveInitialDelay);
    const { localAddress, localPort } = this.#socket;
    if (localAddress !== undefined && localPort !== undefined) this.flow.local = socketAddress(localAddress, localPort);
    this.#owner.events.onFlowOpened(this.flow);
    const queue = this.#queue;
    this.#queue = [];
    for (const { bytes, owner } of queue) this.send(bytes, owner);
  }

  send(bytes: Uint8Array, owner: SendOwner | null): void {
    const { limits } = this.#owner;
    this.isUsed = true;
    if (this.#state === 'connecting') {
      this.#queue.push({ bytes, owner });
      if (this.#queue.length > limits.queuedMessages) this.#closeSoon();
      return;
    }
    if (this.#state === 'closed') return;
    this.#writes.send(bytes, owner);
    if (this.#stallTimer === 0 && this.#writes.isWaiting) this.#armStall();
  }

  #createWrites(): WriteQueue {
    const socket = this.#socket;
    return new WriteQueue({
      write: (bytes, done) => void socket.write(bytes, done),
      heldBytes: () => socket.writableLength,
      limitBytes: this.#owner.limits.bufferedBytes,
      onFailed: (owner, failure) => this.#owner.events.onSendFailed(owner, failure, this.flow),
      onOverflow: () => this.#closeSoon(),
      peer: this.#peer,
    });
  }

  /** All that the socket had is with the kernel. */
  #drained(): void {
    this.#clock.disarm(this.#stallTimer);
    this.#stallTimer = 0;
    if (this.#state !== 'open') return;
    this.#writes.drained();
    if (this.#writes.isWaiting) this.#armStall();
  }

  #armStall(): void {
    this.#stallTimer = this.#clock.arm(this.#owner.limits.stallTimeoutMs, this, STALL);
  }

  ping(expectPong: boolean): void {
    if (this.#state !== 'open') return;
    this.#socket.write(PING);
    if (expectPong && this.#pongTimer === 0) {
      this.#pongTimer = this.#clock.arm(this.#owner.limits.pongTimeoutMs, this, PONG_WAIT);
    }
  }

  pauseReading(isPaused: boolean, why: 'overload' | 'rate'): void {
    if (isPaused) this.#paused.add(why);
    else this.#paused.delete(why);
    if (this.#paused.size > 0) this.#socket.pause();
    else if (!this.#isLost) this.#socket.resume();
  }

  close(failure: TransportFailure): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#disarmState();
    this.#clock.disarm(this.#idleTimer);
    this.#clock.disarm(this.#pongTimer);
    this.#clock.disarm(this.#stallTimer);
    this.#parser.close();
    this.#holds(0);
    this.#socket.destroy();
    const { events } = this.#owner;
    this.#writes.failAll(failure);
    for (const { owner } of this.#queue) if (owner !== null) events.onSendFailed(owner, failure, this.flow);
    this.#queue = [];
    this.#owner.connectionClosed(this, failure);
  }

  onTimer(kind: number): void {
    const { limits } = this.#owner;
    switch (kind) {
      case CONNECT:
        this.#stateTimer = 0;
        this.close({ code: 'timeout', detail: `${this.#peer}: no connection within ${limits.connectTimeoutMs} ms` });
        break;
      case MESSAGE:
        // It is us who do not read.
        if (this.#paused.size > 0) {
          this.#stateTimer = this.#clock.arm(limits.messageTimeoutMs, this, MESSAGE);
          break;
        }
        this.#stateTimer = 0;
        this.close({ code: 'timeout', detail: `${this.#peer}: no whole message within ${limits.messageTimeoutMs} ms` });
        break;
      case DRAIN:
        this.#stateTimer = 0;
        this.close({ code: 'closed', detail: `${this.#peer}: sent what is not SIP` });
        break;
      case IDLE:
        this.#checkIdle();
        break;
      case STALL:
        this.#stallTimer = 0;
        this.close({ code: 'timeout', detail: `${this.#peer}: took nothing within ${limits.stallTimeoutMs} ms` });
        break;
      case PONG_WAIT:
        this.#pongTimer = 0;
        this.close({
          code: 'timeout',
          detail: `${this.#peer}: a ping was not answered within ${limits.pongTimeoutMs} ms`,
        });
        break;
    }
  }

  onMessage(message: SipRequest | SipResponse): void {
    this.#disarmState();
    this.#owner.counted(this);
    this.#owner.events.onMessage(message, this.flow);
  }

  /** RFC 3261 §18.3: without framing the stream is lost; the answer, if there is to be one, still goes out. */
  onFailure(failure: ParseFailure, isFatal: boolean, bytes: Uint8Array): void {
    this.#owner.events.onMalformed(failure, this.flow, bytes);
    if (!isFatal) return;
    this.#disarmState();
    this.#isLost = true;
    this.#socket.pause();
    this.#stateTimer = this.#clock.arm(DRAIN_MS, this, DRAIN);
  }

  onPing(): void {
    this.#disarmState();
    if (this.#state === 'open') this.#socket.write(PONG);
  }

  onPong(): void {
    this.#disarmState();
    this.#clock.disarm(this.#pongTimer);
    this.#pongTimer = 0;
  }

  #receive(bytes: Uint8Array): void {
    if (this.#state === 'closed') return;
    this.lastHeardMs = this.#clock.nowMs();
    this.#parser.push(bytes);
    if (!this.#holds(this.#parser.heldBytes)) {
      this.close({
        code: 'overloaded',
        detail: `${this.#peer}: too much is unfinished on the connections of its address`,
      });
      return;
    }
    if (this.#parser.heldBytes > 0 && this.#stateTimer === 0 && this.isOpen) {
      this.#stateTimer = this.#clock.arm(this.#owner.limits.messageTimeoutMs, this, MESSAGE);
    }
  }

  #holds(bytes: number): boolean {
    if (bytes === this.#heldBytes) return true;
    const more = bytes - this.#heldBytes;
    this.#heldBytes = bytes;
    return this.#owner.holds(this, more);
  }

  #checkIdle(): void {
    const { idleTimeoutMs } = this.#owner.limits;
    const quietMs = this.#clock.nowMs() - this.lastHeardMs;
    this.#idleTimer = 0;
    if (quietMs >= idleTimeoutMs) this.close({ code: 'closed', detail: `${this.#peer}: idle for ${quietMs} ms` });
    else this.#idleTimer = this.#clock.arm(idleTimeoutMs - quietMs, this, IDLE);
  }

  /** The peer takes less than we send. Later, since `send` must not call back. */
  #closeSoon(): void {
    queueMicrotask(() => this.close({ code: 'overloaded', detail: `${this.#peer}: too slow for what it is sent` }));
  }

  #disarmState(): void {
    this.#clock.disarm(this.#stateTimer);
    this.#stateTimer = 0;
  }
}
