/**
 * SIP over WebSocket, the client's side (RFC 7118), on the standard `WebSocket` that browsers have, and Node: one connection to one server, made when it is first
 * needed and made anew after it was lost. One message per WebSocket message; CRLFCRLF pings (RFC 7118 §6, RFC 5626 §3.5.1) find a server that is gone.
 *
 * What our Via and Contact say is a name under `.invalid` (RFC 7118 §5): nobody can connect to a browser.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import type { Flow, SocketAddress, Target, TransportFailure } from '../transport/flow.ts';
import type { SendOwner, TransportPort } from '../transport/transport-port.ts';

/** As much of the standard WebSocket as is used. */
export interface StandardWebSocket {
  binaryType: string;
  readonly protocol: string;
  readonly bufferedAmount: number;
  send(content: Uint8Array<ArrayBuffer> | string): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'close' | 'error', listener: (event: { readonly code?: number }) => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export interface WebSocketTransportOptions {
  /** `wss://pbx.example.com:7443/`. */
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Runs what came as an input of a turn. */
  readonly post: (task: () => void) => void;
  readonly onBytes: (bytes: Uint8Array, flow: Flow) => void;
  readonly onFlowOpened?: (flow: Flow) => void;
  readonly onFlowClosed: (flow: Flow, failure: TransportFailure) => void;
  /** Default: `new WebSocket(url, 'sip')`. */
  readonly open?: (url: string) => StandardWebSocket;
  /** Default 30 s; 0: never. */
  readonly pingEveryMs?: number;
  /** How long a connection may take, and the answer to a ping. Default 10 s. */
  readonly answerWithinMs?: number;
  /** Bytes that wait for a slow server; beyond it the connection is closed. Default 1 MB. */
  readonly bufferedBytes?: number;
}

const ping = '\r\n\r\n';
const nowhere: SocketAddress = { family: 4, address: '0.0.0.0', port: 0 };
const PING = 1;
const ANSWER = 2;

export class WebSocketTransport implements TransportPort {
  /** Where every request goes. */
  readonly target: Target;
  readonly options: WebSocketTransportOptions;
  readonly #host: string;
  #connection: WebConnection | null = null;
  #lastId = 0;

  constructor(options: WebSocketTransportOptions) {
    this.options = options;
    this.#host = `${options.random.token(12)}.invalid`;
    const { protocol, hostname, port } = new URL(options.url);
    const kind = protocol === 'wss:' ? 'wss' : 'ws';
    const address = hostname.replace(/^\[|\]$/g, '');
    const remote: SocketAddress = {
      family: address.includes(':') ? 6 : 4,
      address,
      port: Number(port) || (kind === 'wss' ? 443 : 80),
    };
    this.target = { kind, remote };
  }

  flowTo(target: Target): Flow | undefined {
    const open = this.#connection?.isOpen === true ? this.#connection : undefined;
    if (target.flowId !== undefined) return open?.flow.id === target.flowId ? open.flow : undefined;
    if (open !== undefined) return open.flow;
    if (target.kind !== this.target.kind) return undefined;
    this.#connection = new WebConnection(this, this.#newFlow());
    return this.#connection.flow;
  }

  isOpen(flow: Flow): boolean {
    return this.#connection?.flow === flow && this.#connection.isOpen;
  }

  send(bytes: Uint8Array, flow: Flow, owner: SendOwner | null): void {
    const connection = this.#connection;
    if (connection?.flow === flow && connection.isOpen) connection.send(bytes, owner);
    else if (owner !== null) {
      const failure: TransportFailure = { code: 'flow-gone', detail: `${this.options.url}: the connection is gone` };
      this.options.post(() => owner.onTransportFailure(failure, flow));
    }
  }

  close(): void {
    this.#connection?.close({ code: 'closed', detail: 'closed from here' });
  }

  #newFlow(): Flow {
    const { kind, remote } = this.target;
    return {
      id: ++this.#lastId,
      kind,
      reliable: true,
      secure: kind === 'wss',
      local: nowhere,
      remote,
      advertised: { host: this.#host, port: kind === 'wss' ? 5061 : 5060 },
    };
  }
}

class WebConnection implements TimerOwner {
  readonly flow: Flow;
  readonly #options: WebSocketTransportOptions;
  readonly #socket: StandardWebSocket;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  #queue: { readonly bytes: Uint8Array; readonly owner: SendOwner | null }[] = [];
  #answerTimer: TimerId;
  #pingTimer: TimerId = 0;

  constructor({ options }: WebSocketTransport, flow: Flow) {
    this.flow = flow;
    this.#options = options;
    this.#socket = options.open?.(options.url) ?? new WebSocket(options.url, 'sip');
    this.#socket.binaryType = 'arraybuffer';
    this.#answerTimer = options.clock.arm(options.answerWithinMs ?? 10_000, this, ANSWER);
    this.#socket.addEventListener('open', () => options.post(() => this.#opened()));
    this.#socket.addEventListener('message', ({ data }) => options.post(() => this.#receive(data)));
    this.#socket.addEventListener('error', () => undefined);
    this.#socket.addEventListener('close', ({ code }) => options.post(() => this.#ended(code)));
  }

  get isOpen(): boolean {
    return this.#state !== 'closed';
  }

  send(bytes: Uint8Array, owner: SendOwner | null): void {
    if (this.#state === 'connecting') {
      this.#queue.push({ bytes, owner });
      return;
    }
    // A copy: what a buffer is a part of is not the socket's.
    this.#socket.send(new Uint8Array(bytes));
    if (this.#socket.bufferedAmount <= (this.#options.bufferedBytes ?? 1_048_576)) return;
    const detail = `${this.#options.url}: too slow for what it is sent`;
    this.#options.post(() => this.close({ code: 'overloaded', detail }));
  }

  close(failure: TransportFailure): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    const { clock, onFlowClosed } = this.#options;
    clock.disarm(this.#answerTimer);
    clock.disarm(this.#pingTimer);
    this.#socket.close(1000);
    const queue = this.#queue;
    this.#queue = [];
    for (const { owner } of queue) owner?.onTransportFailure(failure, this.flow);
    onFlowClosed(this.flow, failure);
  }

  onTimer(kind: number): void {
    const { clock, url, answerWithinMs = 10_000 } = this.#options;
    if (kind === PING) {
      this.#socket.send(ping);
      if (this.#answerTimer === 0) this.#answerTimer = clock.arm(answerWithinMs, this, ANSWER);
      this.#armPing();
      return;
    }
    this.#answerTimer = 0;
    this.close({ code: 'timeout', detail: `${url}: no answer within ${answerWithinMs} ms` });
  }

  #opened(): void {
    if (this.#state !== 'connecting') return;
    // RFC 7118 §4.1: who does not agree to the sub-protocol does not speak SIP.
    if (this.#socket.protocol !== 'sip') {
      this.close({ code: 'io', detail: `${this.#options.url}: no sub-protocol sip there` });
      return;
    }
    this.#state = 'open';
    this.#heard();
    this.#armPing();
    this.#options.onFlowOpened?.(this.flow);
    const queue = this.#queue;
    this.#queue = [];
    for (const { bytes, owner } of queue) this.send(bytes, owner);
  }

  #receive(content: unknown): void {
    if (this.#state !== 'open') return;
    this.#heard();
    const bytes =
      typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content as ArrayBuffer);
    if (bytes.length > ping.length) this.#options.onBytes(bytes, this.flow);
    // RFC 5626 §3.5.1: a pong, or a ping that is to be answered.
    else if (bytes.length === ping.length) this.#socket.send('\r\n');
  }

  #ended(code: number | undefined): void {
    const { url } = this.#options;
    const wasOpen = this.#state === 'open';
    const detail = wasOpen ? `${url}: WebSocket closed with ${code}` : `${url}: no connection (${code})`;
    this.close({ code: wasOpen ? 'closed' : 'unreachable', detail });
  }

  #heard(): void {
    this.#options.clock.disarm(this.#answerTimer);
    this.#answerTimer = 0;
  }

  #armPing(): void {
    const { clock, pingEveryMs = 30_000 } = this.#options;
    if (pingEveryMs > 0) this.#pingTimer = clock.arm(pingEveryMs, this, PING);
  }
}
