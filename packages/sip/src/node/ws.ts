/**
 * SIP over WebSocket (RFC 7118), server side: one message per WebSocket message, sub-protocol "sip". The WebSocket server is given, in
 * the shape of the `ws` library, and must select the sub-protocol (`handleProtocols`); this file imports nothing of it.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { SocketAddress, TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';
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

/** One WebSocket, as `ws` has it. */
export interface WebSocketLike {
  readonly protocol: string;
  readonly bufferedAmount: number;
  send(content: Uint8Array, done?: (error?: Error | null) => void): void;
  ping(): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  on(event: 'message', listener: (content: unknown, isBinary: boolean) => void): unknown;
  on(event: 'pong' | 'ping', listener: (content?: Uint8Array) => void): unknown;
  on(event: 'close', listener: (code: number) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/** The HTTP request that was upgraded. */
export interface UpgradeRequestLike {
  readonly socket: {
    readonly remoteAddress?: string | undefined;
    readonly remotePort?: number | undefined;
    readonly localAddress?: string | undefined;
    readonly localPort?: number | undefined;
    /** Of a socket: to see a message before it is whole. */
    prependListener?(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
  };
}

/** A WebSocket server, as `ws` has it. */
export interface WebSocketServerLike {
  on(event: 'connection', listener: (socket: WebSocketLike, request: UpgradeRequestLike) => void): unknown;
}

export interface AcceptedWebSocket {
  readonly socket: WebSocketLike;
  readonly remote: SocketAddress;
  readonly local: SocketAddress;
  /** Tells of octets as they come, before the WebSocket has them; absent where they cannot be seen. */
  readonly onOctets?: (listener: (count: number) => void) => void;
}

/** Hands up the WebSockets that speak SIP; others are closed with 1002 (RFC 7118 §4). */
export function acceptWebSockets(server: WebSocketServerLike, accept: (accepted: AcceptedWebSocket) => void): void {
  server.on('connection', (socket, request) => {
    // Before anything else: an error event without a listener would end the process.
    socket.on('error', () => {});
    const { remoteAddress, remotePort, localAddress, localPort } = request.socket;
    if (socket.protocol !== 'sip') socket.close(1002, 'sub-protocol "sip" expected');
    else if (remoteAddress === undefined || remotePort === undefined) socket.terminate();
    else {
      const local = socketAddress(localAddress ?? '0.0.0.0', localPort ?? 0);
      const carrier = request.socket;
      const onOctets = (listener: (count: number) => void) =>
        void carrier.prependListener?.('data', ({ length }) => listener(length));
      const remote = socketAddress(remoteAddress, remotePort);
      accept({ socket, remote, local, ...(carrier.prependListener === undefined ? {} : { onOctets }) });
    }
  });
}

const PONG_WAIT = 1;
const IDLE = 2;
const MESSAGE = 3;
/** A frame of a client, without its content: RFC 6455 §5.2, the shortest form with a mask. */
const controlFrameBytes = 6;

export interface WebSocketConnectionOptions extends Pick<AcceptedWebSocket, 'socket' | 'onOctets'> {
  readonly flow: OwnedFlow;
  readonly owner: ConnectionOwner;
  readonly clock: Clock;
  readonly maxMessageBytes: number;
}

export class WebSocketConnection implements Connection, TimerOwner {
  readonly flow: OwnedFlow;
  readonly acceptedFrom: string;
  /** Accepted ones are never given up for another. */
  readonly isUsed = true;
  readonly #socket: WebSocketLike;
  readonly #owner: ConnectionOwner;
  readonly #clock: Clock;
  readonly #maxMessageBytes: number;
  readonly #peer: string;
  readonly #unsent = new Set<SendOwner>();
  #open = true;
  #pongTimer: TimerId = 0;
  #idleTimer: TimerId = 0;
  /** Until the first message, and from the first octet of another until it is whole. */
  #messageTimer: TimerId = 0;
  /** Octets since the last message: of one that is not whole yet. */
  #heldBytes = 0;
  #hasSpoken = false;
  lastHeardMs: number;
  readonly #paused = new Set<string>();

  constructor(options: WebSocketConnectionOptions) {
    this.flow = options.flow;
    this.acceptedFrom = options.flow.remote.address;
    this.#socket = options.socket;
    this.#owner = options.owner;
    this.#clock = options.clock;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#peer = formatSocketAddress(options.flow.remote);
    this.lastHeardMs = this.#clock.nowMs();
    const { idleTimeoutMs } = this.#owner.limits;
    if (idleTimeoutMs > 0) this.#idleTimer = this.#clock.arm(idleTimeoutMs, this, IDLE);
    this.#messageTimer = this.#clock.arm(this.#owner.limits.messageTimeoutMs, this, MESSAGE);
    this.#socket.on('message', (content) => this.#receive(content));
    this.#socket.on('pong', (content) => {
      this.#isControl(content);
      this.#heardPong();
    });
    this.#socket.on('ping', (content) => {
      this.#isControl(content);
      this.#heard();
    });
    options.onOctets?.((count) => this.#holds(count));
    this.#socket.on('error', (error) => this.close(failureOf(error, this.#peer)));
    this.#socket.on('close', (code) =>
      this.close({ code: 'closed', detail: `${this.#peer}: WebSocket closed with ${code}` }),
    );
  }

  get isOpen(): boolean {
    return this.#open;
  }

  send(bytes: Uint8Array, owner: SendOwner | null): void {
    if (!this.#open) return;
    if (owner !== null) this.#unsent.add(owner);
    this.#socket.send(bytes, (error) => {
      if (!error && owner !== null) this.#unsent.delete(owner);
    });
    if (this.#socket.bufferedAmount > this.#owner.limits.bufferedBytes) {
      queueMicrotask(() => this.close({ code: 'overloaded', detail: `${this.#peer}: too slow for what it is sent` }));
    }
  }

  /** RFC 7118 §6: the WebSocket's own ping, which every client answers. */
  ping(expectPong: boolean): void {
    if (!this.#open) return;
    this.#socket.ping();
    if (expectPong && this.#pongTimer === 0) {
      this.#pongTimer = this.#clock.arm(this.#owner.limits.pongTimeoutMs, this, PONG_WAIT);
    }
  }

  pauseReading(isPaused: boolean, why: 'overload' | 'rate'): void {
    if (!this.#open) return;
    if (isPaused) this.#paused.add(why);
    else this.#paused.delete(why);
    if (this.#paused.size > 0) this.#socket.pause();
    else this.#socket.resume();
  }

  close(failure: TransportFailure): void {
    if (!this.#open) return;
    this.#open = false;
    this.#clock.disarm(this.#pongTimer);
    this.#clock.disarm(this.#idleTimer);
    this.#isWhole();
    if (failure.code === 'closed') this.#socket.close(1000);
    else this.#socket.terminate();
    for (const owner of this.#unsent) this.#owner.events.onSendFailed(owner, failure, this.flow);
    this.#unsent.clear();
    this.#owner.connectionClosed(this, failure);
  }

  onTimer(kind: number): void {
    if (kind === PONG_WAIT) {
      this.#pongTimer = 0;
      const { pongTimeoutMs } = this.#owner.limits;
      this.close({ code: 'timeout', detail: `${this.#peer}: a ping was not answered within ${pongTimeoutMs} ms` });
      return;
    }
    if (kind === MESSAGE) {
      this.#messageTimeOver();
      return;
    }
    const { idleTimeoutMs } = this.#owner.limits;
    const quietMs = this.#clock.nowMs() - this.lastHeardMs;
    this.#idleTimer = 0;
    if (quietMs >= idleTimeoutMs) this.close({ code: 'closed', detail: `${this.#peer}: idle for ${quietMs} ms` });
    else this.#idleTimer = this.#clock.arm(idleTimeoutMs - quietMs, this, IDLE);
  }

  #receive(content: unknown): void {
    if (!this.#open) return;
    this.#heard();
    this.#hasSpoken = true;
    this.#isWhole();
    const bytes = bytesOf(content);
    if (bytes === undefined || bytes.length > this.#maxMessageBytes) {
      this.close({ code: 'overloaded', detail: `${this.#peer}: sent too large a message` });
      return;
    }
    // RFC 7118 §6 with RFC 5626 §3.5.1: browsers cannot send WebSocket pings, so clients send CRLFCRLF.
    if (bytes.length === PING.length && bytes.every((byte, i) => byte === PING[i])) this.#socket.send(PONG);
    else if (bytes.length > PING.length) {
      this.#owner.counted(this);
      this.#owner.events.onBytes(bytes, this.flow);
    } else this.#heardPong();
  }

  #messageTimeOver(): void {
    const { messageTimeoutMs } = this.#owner.limits;
    // It is us who do not read.
    if (this.#paused.size > 0) this.#messageTimer = this.#clock.arm(messageTimeoutMs, this, MESSAGE);
    else {
      this.#messageTimer = 0;
      const said = this.#heldBytes === 0 ? 'said nothing' : 'no whole message';
      this.close({ code: 'timeout', detail: `${this.#peer}: ${said} within ${messageTimeoutMs} ms` });
    }
  }

  /** Slow fragments would cost memory for as long as their sender likes: RFC 6455 §10.4. */
  #holds(moreBytes: number): void {
    if (!this.#open) return;
    this.#heldBytes += moreBytes;
    if (!this.#owner.holds(this, moreBytes)) {
      this.close({
        code: 'overloaded',
        detail: `${this.#peer}: too much is unfinished on the connections of its address`,
      });
    } else if (this.#messageTimer === 0) {
      this.#messageTimer = this.#clock.arm(this.#owner.limits.messageTimeoutMs, this, MESSAGE);
    }
  }

  #isWhole(): void {
    this.#clock.disarm(this.#messageTimer);
    this.#messageTimer = 0;
    if (this.#heldBytes !== 0) this.#owner.holds(this, -this.#heldBytes);
    this.#heldBytes = 0;
  }

  /** Ping and pong stand between the fragments of a message and are no part of it (RFC 6455 §5.4). */
  #isControl(content: Uint8Array | undefined): void {
    const bytes = Math.min(this.#heldBytes, controlFrameBytes + (content?.length ?? 0));
    this.#heldBytes -= bytes;
    this.#owner.holds(this, -bytes);
    if (this.#heldBytes === 0 && this.#hasSpoken) this.#isWhole();
  }

  #heard(): void {
    this.lastHeardMs = this.#clock.nowMs();
  }

  #heardPong(): void {
    this.#heard();
    this.#clock.disarm(this.#pongTimer);
    this.#pongTimer = 0;
  }
}

/** `ws` gives text and binary as Buffer, or fragments as an array where so set. */
function bytesOf(content: unknown): Uint8Array | undefined {
  if (content instanceof Uint8Array) return content;
  if (content instanceof ArrayBuffer) return new Uint8Array(content);
  if (typeof content === 'string') return new TextEncoder().encode(content);
  return undefined;
}
