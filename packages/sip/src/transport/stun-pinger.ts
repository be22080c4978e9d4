/**
 * A user agent's keep-alive of a UDP flow (RFC 5626 §4.4.2): a STUN Binding request now and then, repeated while it is not answered (RFC 8489 §6.2.1). The flow has
 * failed when none is, or when it is seen from another address than before: then the NAT before us has forgotten it.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { SocketAddress } from './flow.ts';
import { type StunAnswer, stunRequest } from './stun-keep-alive.ts';

export interface StunPingerOptions {
  readonly clock: Clock;
  readonly everyMs: () => number;
  /** 12 characters of ASCII, each time others. */
  readonly newId: () => string;
  readonly send: (bytes: Uint8Array) => void;
  /** Once; nothing more is sent then. */
  readonly onFailed: (detail: string) => void;
}

/** RFC 8489 §6.2.1: RTO, doubled each time, seven requests, and 16 times RTO after the last. */
const firstMs = 500;
const mostRequests = 7;
const lastMs = 16 * firstMs;

export class StunPinger implements TimerOwner {
  readonly #options: StunPingerOptions;
  #timer: TimerId = 0;
  /** Of the request that waits for its answer; empty: none. */
  #id = '';
  #sent = 0;
  #seen: SocketAddress | null = null;

  constructor(options: StunPingerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#arm(this.#options.everyMs());
  }

  stop(): void {
    this.#options.clock.disarm(this.#timer);
    this.#timer = 0;
    this.#id = '';
  }

  answered({ id, seen }: StunAnswer): void {
    if (this.#id === '' || id !== this.#id) return;
    const before = this.#seen;
    this.#seen = seen;
    this.stop();
    if (before === null || (before.address === seen.address && before.port === seen.port)) this.start();
    else
      this.#options.onFailed(
        `seen from ${seen.address} port ${seen.port}, before from ${before.address} port ${before.port}`,
      );
  }

  onTimer(): void {
    this.#timer = 0;
    if (this.#id === '') {
      this.#id = this.#options.newId();
      this.#sent = 0;
    } else if (this.#sent >= mostRequests) {
      this.stop();
      this.#options.onFailed('keep-alives are not answered');
      return;
    }
    this.#sent += 1;
    this.#arm(this.#sent >= mostRequests ? lastMs : firstMs * 2 ** (this.#sent - 1));
    this.#options.send(stunRequest(this.#id));
  }

  #arm(afterMs: number): void {
    this.#timer = this.#options.clock.arm(afterMs, this, 0);
  }
}
