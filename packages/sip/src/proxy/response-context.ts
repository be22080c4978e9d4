/**
 * The response context of one request (RFC 3261 §16.2, §16.7): its target set, its branches, and what of their responses goes back. Provisionals and every 2xx at
 * once, of refusals the best when all branches are over. CANCEL (§16.10) goes to every branch.
 */

import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { buildResponse, type ResponseParts } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { SipUri } from '../message/uri.ts';
import type { ServerTransaction, ServerTransactionUser } from '../transaction/transaction-port.ts';
import type { Failover } from '../transport/failover.ts';
import type { Flow } from '../transport/flow.ts';
import { bestResponse } from './best-response.ts';
import { Breadth, breadthOf } from './max-breadth.ts';
import type { Preprocessed } from './preprocess-route.ts';
import { type BranchOwner, ELSEWHERE, ProxiedBranch } from './proxied-branch.ts';
import type { ForwardOptions, Proxied, ProxyOptions, ProxyTarget } from './proxy-port.ts';
import { redirectTargets, withoutContacts } from './redirect-targets.ts';
import { TargetSet } from './target-set.ts';

/** What a proxy gives to each of its contexts. */
export interface ProxyCore {
  readonly options: ProxyOptions;
  readonly failover: Failover;
  readonly timerCMs: number;
  readonly maxBreadth: number;
  readonly maxTargets: number;
}

export interface RoutedHere extends Preprocessed {
  /** The flow that a token in its route names: it goes by that. */
  readonly by: Flow | null;
}

const TIMER_LATE = 1;
/** Before the client's timer F (RFC 3261 §17.1.2.2), whatever the way here took. */
const NON_INVITE_MS = 30_000;

export class ResponseContext implements Proxied, BranchOwner, ServerTransactionUser, TimerOwner {
  readonly transaction: ServerTransaction;
  request: SipRequest;
  readonly isRouted: boolean;
  readonly egress: SipUri | undefined;
  readonly hash: string;
  readonly #core: ProxyCore;
  readonly #by: Flow | null;
  readonly #targets: TargetSet;
  readonly #breadth: Breadth;
  readonly #branches = new Set<ProxiedBranch>();
  readonly #refusals: SipResponse[] = [];
  #forwarding: ForwardOptions = {};
  /** The q of the branches that are on. */
  #q = 0;
  #isDecided = false;
  #isCancelled = false;
  /** No further branch: a 6xx has come, or a 2xx. */
  #isSettled = false;
  #hasAnswered = false;
  #lateTimer: TimerId = 0;

  constructor(core: ProxyCore, transaction: ServerTransaction, routed: RoutedHere, hash: string) {
    this.#core = core;
    this.transaction = transaction;
    this.request = routed.request;
    this.isRouted = routed.isRouted;
    this.egress = routed.egress;
    this.#by = routed.by;
    this.hash = hash;
    this.#targets = new TargetSet(core.maxTargets);
    this.#breadth = new Breadth(breadthOf(this.received, core.maxBreadth));
    transaction.user = this;
  }

  get options(): ProxyOptions {
    return this.#core.options;
  }
  get failover(): Failover {
    return this.#core.failover;
  }
  get timerCMs(): number {
    return this.#core.timerCMs;
  }
  get received(): SipRequest {
    return this.transaction.request;
  }
  get fromFlow(): Flow {
    return this.transaction.flow;
  }

  forward(targets: readonly ProxyTarget[] = [this.#ownTarget()], options: ForwardOptions = {}): void {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#forwarding = options;
    this.request = options.change?.(this.request) ?? this.request;
    for (const target of targets) this.#targets.add(target);
    if (this.#targets.isEmpty) this.#answer(this.#made(480));
    else {
      if (this.transaction.method !== 'INVITE')
        this.#lateTimer = this.options.clock.arm(NON_INVITE_MS, this, TIMER_LATE);
      this.#goOn();
    }
  }

  respond(status: number, parts: ResponseParts = {}): void {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.#answer(this.#made(status, parts));
  }

  onCancel(cancel: SipRequest): void {
    this.#isCancelled = true;
    this.#isDecided = true;
    this.#targets.clear();
    // RFC 3326 §2: why, as far as the caller has said so.
    const [reason] = cancel.headers('Reason');
    for (const branch of [...this.#branches]) branch.cancel(reason);
    if (this.#branches.size === 0) this.#answer(this.#made(487));
  }

  /**
   * Deviation: RFC 3261 §16.7 step 6 waits for all branches. The client of what is not INVITE waits no longer than the slowest of them, and RFC 4320 §4.2 forbids
   * to answer it afterwards; so one silent branch would swallow what the others have said.
   */
  onTimer(): void {
    this.#lateTimer = 0;
    if (this.#refusals.length > 0) this.#sendBest();
  }

  branchRings(_branch: ProxiedBranch, response: SipResponse): void {
    if (!this.#hasAnswered) this.transaction.respond(response);
  }

  branchRestarted(branch: ProxiedBranch): void {
    for (const response of branch.early.ended(503)) this.transaction.respond(response);
  }

  branchEnded(branch: ProxiedBranch, response: SipResponse): void {
    const isFirst = this.#branches.delete(branch);
    branch.isOver = true;
    if (response.isSuccess) this.#succeed(response);
    // A target that was given up says no more.
    else if (isFirst) this.#refused(branch, response);
  }

  /** Step 5: at once, and those of further branches too; the others are not wanted any more (step 10). */
  #succeed(response: SipResponse): void {
    this.#isSettled = true;
    this.#targets.clear();
    this.#answer(response);
    for (const branch of [...this.#branches]) branch.cancel(ELSEWHERE);
  }

  #ownTarget(): ProxyTarget {
    const { uri } = this.request;
    return this.#by === null ? { uri } : { uri, flow: this.#by };
  }

  /** RFC 5626 §7: 430 and silence say nothing about the user agent, which may have another flow; whatever else it says is said by the instance. */
  #tryOtherFlow(branch: ProxiedBranch, status: number): boolean {
    const [next, ...more] = branch.target.instead ?? [];
    const mayHave = (status === 430 || (status === 408 && !branch.hasRung)) && !this.#isSettled && !this.#isCancelled;
    if (next === undefined || !mayHave || this.#hasAnswered) return false;
    const again = new ProxiedBranch(this, { ...next, instead: more }, branch.breadth);
    this.#branches.add(again);
    again.start();
    return true;
  }

  #refused(branch: ProxiedBranch, response: SipResponse): void {
    if (this.#tryOtherFlow(branch, response.status)) return;
    this.#breadth.give(branch.breadth);
    if (this.#hasAnswered) return;
    const kept = this.#redirected(response);
    if (kept !== undefined) this.#refusals.push(kept);
    if (response.status >= 600) this.#decline(response.status);
    this.#goOn();
    if (this.#branches.size === 0) this.#sendBest();
    else for (const told of branch.early.ended(response.status)) this.transaction.respond(told);
  }

  /** Step 5: a 6xx is for all, but waits for those that may have been answered meanwhile. */
  #decline(status: number): void {
    this.#isSettled = true;
    this.#targets.clear();
    for (const branch of [...this.#branches]) branch.cancel(`SIP;cause=${status}`);
  }

  /** Step 4: a 3xx whose contacts are tried. What is left of it to be told; undefined: nothing. */
  #redirected(response: SipResponse): SipResponse | undefined {
    const isFollowed = this.#forwarding.followsRedirects === true && !this.#isSettled && !this.#isCancelled;
    if (!isFollowed || response.status < 300 || response.status >= 400) return response;
    const contacts = redirectTargets(response, this.received);
    const taken = contacts.filter((target) => this.#targets.add(target));
    return taken.length === 0 ? response : withoutContacts(response, taken);
  }

  /** Starts what may start now: targets of one q together, the next q when the one before has failed (§16.6). */
  #goOn(): void {
    if (this.#isSettled || this.#isCancelled || this.#targets.isEmpty) return;
    const isIdle = this.#branches.size === 0;
    const isSequential = this.#forwarding.isSequential === true;
    if (!isIdle && (isSequential || this.#targets.q < this.#q)) return;
    this.#q = isIdle ? this.#targets.q : this.#q;
    const shares = this.#breadth.take(isSequential ? 1 : this.#targets.groupSize);
    if (isIdle && shares.length === 0) {
      this.#targets.clear();
      this.#refusals.push(this.#made(440));
      this.#sendBest();
      return;
    }
    const started = this.#targets
      .take(shares.length)
      .map((target, at) => new ProxiedBranch(this, target, shares[at] ?? 1));
    for (const branch of started) this.#branches.add(branch);
    for (const branch of started) branch.start();
  }

  #sendBest(): void {
    const [first, ...others] = this.#refusals;
    if (this.#hasAnswered) return;
    const best = first === undefined ? this.#made(408) : bestResponse([first, ...others], this.#isCancelled);
    // Step 6: that a server behind this proxy is unavailable does not make the proxy so.
    if (best.status === 503) this.#answer(this.#made(500, { reason: 'Next Hop Unavailable' }));
    // RFC 5626 §7: 430 is for whoever knows other flows; where those were chosen here there are none left.
    else if (best.status === 430 && this.#by === null) this.#answer(this.#made(480));
    else this.#answer(best);
  }

  #answer(response: SipResponse): void {
    this.#hasAnswered = true;
    this.options.clock.disarm(this.#lateTimer);
    this.transaction.respond(response);
  }

  #made(status: number, parts: ResponseParts = {}): SipResponse {
    const own = this.options.headers ?? [];
    return buildResponse(this.received, status, { ...parts, headers: [...own, ...(parts.headers ?? [])] });
  }
}
