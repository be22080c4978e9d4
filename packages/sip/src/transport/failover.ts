/**
 * Sends a request to the first target that takes it (RFC 3263 §4.3): a new branch per target, the next one on 503, time-out or transport
 * failure. The user sees one request: the responses of the attempt that counts, or the failure of the last.
 *
 * With `attemptMs` a target that says nothing at all is given up before timer B or F. It may answer yet: an INVITE is cancelled as soon
 * as that is allowed, and a 2xx that comes nevertheless passes up like that of a fork.
 */
import type { Clock, TimerOwner } from '../clock/clock.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { SipUri } from '../message/uri.ts';
import type { ClientTransaction, ClientTransactionUser, TransactionPort } from '../transaction/transaction-port.ts';
import type { ConnectionRacer } from './connection-race.ts';
import type { FailedTargets } from './failed-targets.ts';
import type { Target, TransportFailure } from './flow.ts';
import type { Located, LocateFailure, LocateUser, ServerLocator } from './locate-server.ts';
import { TargetTrial } from './target-trial.ts';

export interface FailoverUser extends ClientTransactionUser {
  /** There is no target at all; nothing was sent. */
  onUnlocated(failure: LocateFailure): void;
  /** The request as it shall leave for that target, but for the Via, and by which of our addresses; absent: both as they are. Called from inside `send`. */
  onAttempt?(request: SipRequest, target: Target): Attempt;
  /** A target failed and another is tried: for traces and counters. */
  onNextTarget?(failed: Target, why: FailoverReason): void;
}

export interface Attempt {
  readonly request: SipRequest;
  readonly target: Target;
}

export type FailoverReason = 'unavailable' | 'timeout' | TransportFailure['code'];

export interface FailoverOptions {
  readonly transactions: TransactionPort;
  /** Absent: only targets that are known are sent to. */
  readonly locator?: ServerLocator;
  readonly failed: FailedTargets;
  readonly clock: Clock;
  /** How long a target that gave no response is avoided. Default 30 s. */
  readonly avoidMs?: number;
  /** How long one target may be silent while there are others. Default: as long as its transaction. */
  readonly attemptMs?: number;
  /** Streams to a server with several addresses: which of them answers first. Default: the first is waited for. */
  readonly racer?: ConnectionRacer;
}

export class Failover {
  readonly options: FailoverOptions;

  constructor(options: FailoverOptions) {
    this.options = options;
  }

  /** To whatever servers the URI has. Calls to the user, but for `onAttempt`, never come from inside `send`. */
  send(request: SipRequest, uri: SipUri, user: FailoverUser): FailoverRequest {
    const sending = new FailoverRequest(this.options, request, user);
    const { locator } = this.options;
    if (locator === undefined) {
      sending.failLater({ code: 'no-such-server', detail: 'servers are not looked up here' });
      return sending;
    }
    const located = locator.locate(uri, sending);
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

export class FailoverRequest implements ClientTransactionUser, LocateUser, TimerOwner {
  readonly #options: FailoverOptions;
  readonly #request: SipRequest;
  readonly #user: FailoverUser;
  #trial: TargetTrial | null = null;
  #current: ClientTransaction | null = null;
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
    this.#trial?.stop();
    this.#current?.cancel(reasonHeader);
  }

  /** @internal */
  begin(targets: readonly Target[]): void {
    const { racer } = this.#options;
    if (racer === undefined) this.#beginWith(targets);
    else racer.race(targets, (raced) => this.#beginWith(raced));
  }

  #beginWith(targets: readonly Target[]): void {
    if (this.#isCancelled) {
      this.#user.onUnlocated({ code: 'cancelled', detail: 'cancelled before a connection stood' });
      return;
    }
    this.#trial = new TargetTrial({ ...this.#options, targets, onSilent: () => this.#silent() });
    const first = this.#trial.next();
    if (first !== undefined) this.#attempt(first);
  }

  /** @internal */
  failLater(failure: LocateFailure): void {
    this.#unlocated = failure;
    this.#options.clock.arm(0, this, 0);
  }

  onTimer(): void {
    if (this.#unlocated !== null) this.#user.onUnlocated(this.#unlocated);
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
    this.#trial?.answered(response);
    if (response.status === 503 && this.#tryNext('unavailable')) return;
    if (response.isFinal) this.#isSettled = true;
    this.#user.onResponse(response, transaction);
  }

  onTimeout(transaction: ClientTransaction): void {
    if (transaction !== this.#current) return;
    // RFC 3261 §9.1: 64*T1 after a CANCEL says nothing about the target.
    if (!this.#isCancelled) this.#trial?.timedOut();
    if (this.#tryNext('timeout')) return;
    this.#isSettled = true;
    this.#user.onTimeout(transaction);
  }

  onTransportFailure(failure: TransportFailure, transaction: ClientTransaction): void {
    if (transaction !== this.#current) return;
    this.#trial?.unreached(failure);
    if (this.#tryNext(failure.code)) return;
    this.#isSettled = true;
    this.#user.onTransportFailure(failure, transaction);
  }

  #silent(): void {
    const silent = this.#current;
    if (this.#tryNext('timeout')) silent?.cancel();
  }

  #tryNext(why: FailoverReason): boolean {
    const failed = this.#trial?.current;
    if (this.#isCancelled || this.#isSettled || failed === undefined) return false;
    const next = this.#trial?.next();
    if (next === undefined) return false;
    this.#user.onNextTarget?.(failed, why);
    this.#attempt(next);
    return true;
  }

  #attempt(target: Target): void {
    const made = this.#user.onAttempt?.(this.#request, target) ?? { request: this.#request, target };
    this.#current = this.#options.transactions.request(made.request, made.target, this);
    if (this.#isCancelled) this.#current.cancel(this.#cancelReason);
  }
}
