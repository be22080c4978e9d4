/**
 * Sends a request to the first target that takes it (RFC 3263 §4.3): a new branch per target, the next one on 503, time-out or transport
 * failure. The user sees one request: the responses of the attempt that counts, or the failure of the last.
 *
 * With `attemptMs` a target that says nothing at all is given up before timer B or F. It may answer yet: an INVITE is cancelled as soon
 * as that is allowed, and a 2xx that comes nevertheless passes up like that of a fork.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import { readSeconds } from '../message/read-seconds.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { SipUri } from '../message/uri.ts';
import type { ClientTransaction, ClientTransactionUser, TransactionPort } from '../transaction/transaction-port.ts';
import type { FailedTargets } from './failed-targets.ts';
import type { Target, TransportFailure } from './flow.ts';
import type { Located, LocateFailure, LocateUser, ServerLocator } from './locate-server.ts';

export interface FailoverUser extends ClientTransactionUser {
  /** There is no target at all; nothing was sent. */
  onUnlocated(failure: LocateFailure): void;
  /** A target failed and another is tried: for traces and counters. */
  onNextTarget?(failed: Target, why: FailoverReason): void;
}

export type FailoverReason = 'unavailable' | 'timeout' | TransportFailure['code'];

export interface FailoverOptions {
  readonly transactions: TransactionPort;
  readonly locator: ServerLocator;
  readonly failed: FailedTargets;
  readonly clock: Clock;
  /** How long a target that gave no response is avoided. Default 30 s. */
  readonly avoidMs?: number;
  /** How long one target may be silent while there are others. Default: as long as its transaction. */
  readonly attemptMs?: number;
}

export class Failover {
  readonly options: FailoverOptions;

  constructor(options: FailoverOptions) {
    this.options = options;
  }

  /** To whatever servers the URI has. Calls to the user never come from inside `send`. */
  send(request: SipRequest, uri: SipUri, user: FailoverUser): FailoverRequest {
    const sending = new FailoverRequest(this.options, request, user);
    const located = this.options.locator.locate(uri, sending);
    if (located?.ok) sending.begin(located.targets);
    else if (located !== null) sending.failLater(located.failure);
    return sending;
  }

  /** To targets that are known: a trunk's list, a flow. */
  sendTo(request: SipRequest, targets: readonly Target[], user: FailoverUser): FailoverRequest {
    const sending = new FailoverRequest(this.options, request, user);
    if (targets.length > 0) sending.begin(targets);
    else sending.failLater({ code: 'no-such-server', detail: 'the list of targets is empty' });
    return sending;
  }
}

const ATTEMPT = 1;
const UNLOCATED = 2;

export class FailoverRequest implements ClientTransactionUser, LocateUser, TimerOwner {
  readonly #options: FailoverOptions;
  readonly #request: SipRequest;
  readonly #user: FailoverUser;
  #targets: Target[] = [];
  #next = 0;
  #current: ClientTransaction | null = null;
  #attemptTimer: TimerId = 0;
  #unlocated: LocateFailure | null = null;
  #isCancelled = false;
  #cancelReason: string | undefined = undefined;
  /** The user has had its final outcome, or the attempt that counts has answered. */
  #isSettled = false;

  constructor(options: FailoverOptions, request: SipRequest, user: FailoverUser) {
    this.#options = options;
    this.#request = request;
    this.#user = user;
  }

  /** The attempt that is on; null before the first. */
  get transaction(): ClientTransaction | null {
    return this.#current;
  }

  /** Ends an INVITE: no further target; the present one is cancelled (RFC 3261 §9.1). */
  cancel(reasonHeader?: string): void {
    this.#isCancelled = true;
    this.#cancelReason = reasonHeader;
    this.#disarm();
    this.#current?.cancel(reasonHeader);
  }

  /** @internal */
  begin(targets: readonly Target[]): void {
    this.#targets = this.#options.failed.order(targets);
    this.#attempt();
  }

  /** @internal */
  failLater(failure: LocateFailure): void {
    this.#unlocated = failure;
    this.#options.clock.arm(0, this, UNLOCATED);
  }

  onLocated(located: Located): void {
    if (this.#isCancelled) {
      this.#user.onUnlocated({ code: 'cancelled', detail: 'cancelled before a server was found' });
    } else if (located.ok) this.begin(located.targets);
    else this.#user.onUnlocated(located.failure);
  }

  onResponse(response: SipResponse, transaction: ClientTransaction): void {
    if (transaction !== this.#current) {
      // Given up, and answered all the same: the user has a call to end.
      if (response.isSuccess && transaction.method === 'INVITE') this.#user.onResponse(response, transaction);
      return;
    }
    this.#disarm();
    if (response.status === 503) {
      const retryAfterSec = readSeconds(response.header('Retry-After')?.split(/[;( ]/, 1)[0]);
      if (retryAfterSec !== undefined) this.#avoid(retryAfterSec * 1_000);
      if (this.#tryNext('unavailable')) return;
    } else if (response.isFinal) this.#options.failed.remove(this.#target());
    if (response.isFinal) this.#isSettled = true;
    this.#user.onResponse(response, transaction);
  }

  onTimeout(transaction: ClientTransaction): void {
    if (transaction !== this.#current) return;
    // RFC 3261 §9.1: 64*T1 after a CANCEL says nothing about the target.
    if (!this.#isCancelled) this.#avoid(this.#options.avoidMs ?? 30_000);
    if (this.#tryNext('timeout')) return;
    this.#isSettled = true;
    this.#user.onTimeout(transaction);
  }

  onTransportFailure(failure: TransportFailure, transaction: ClientTransaction): void {
    if (transaction !== this.#current) return;
    // What failed for reasons of ours says nothing about the target.
    if (failure.code !== 'io' && failure.code !== 'no-listener') this.#avoid(this.#options.avoidMs ?? 30_000);
    if (this.#tryNext(failure.code)) return;
    this.#isSettled = true;
    this.#user.onTransportFailure(failure, transaction);
  }

  onTimer(kind: number): void {
    if (kind === UNLOCATED) {
      if (this.#unlocated !== null) this.#user.onUnlocated(this.#unlocated);
      return;
    }
    this.#attemptTimer = 0;
    this.#avoid(this.#options.avoidMs ?? 30_000);
    const silent = this.#current;
    if (this.#tryNext('timeout')) silent?.cancel();
  }

  #target(): Target {
    return this.#targets[this.#next - 1] as Target;
  }

  #avoid(forMs: number): void {
    this.#options.failed.add(this.#target(), forMs);
  }

  #tryNext(why: FailoverReason): boolean {
    this.#disarm();
    if (this.#isCancelled || this.#isSettled || this.#next >= this.#targets.length) return false;
    this.#user.onNextTarget?.(this.#target(), why);
    this.#attempt();
    return true;
  }

  #attempt(): void {
    const target = this.#targets[this.#next++] as Target;
    this.#current = this.#options.transactions.request(this.#request, target, this);
    if (this.#isCancelled) this.#current.cancel(this.#cancelReason);
    const { attemptMs, clock } = this.#options;
    if (attemptMs !== undefined && this.#next < this.#targets.length) {
      this.#attemptTimer = clock.arm(attemptMs, this, ATTEMPT);
    }
  }

  #disarm(): void {
    this.#options.clock.disarm(this.#attemptTimer);
    this.#attemptTimer = 0;
  }
}
