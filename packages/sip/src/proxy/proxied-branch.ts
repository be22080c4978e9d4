/**
 * One branch of a forwarded request: one target, over all servers it has (RFC 3263 §4.3), with timer C while an INVITE rings (RFC 3261 §16.6 steps 4 and 7 to 11,
 * §16.8). Time-outs, failures and targets that cannot be reached come out as final responses (§16.7, §16.9).
 */
import type { TimerId, TimerOwner } from '../clock/clock.ts';
import { buildResponse } from '../message/build-response.ts';
import { edit } from '../message/edit.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { parseUri, type SipUri } from '../message/uri.ts';
import { targetOf } from '../session/target-of.ts';
import type { ClientTransaction } from '../transaction/transaction-port.ts';
import type { Attempt, Failover, FailoverReason, FailoverRequest, FailoverUser } from '../transport/failover.ts';
import type { Flow, Target } from '../transport/flow.ts';
import type { LocateFailure } from '../transport/locate-server.ts';
import { EarlyDialogs } from './early-dialogs.ts';
import { leavingBy } from './egress.ts';
import { onwardRequest } from './onward-request.ts';
import type { ProxyOptions, ProxyTarget } from './proxy-port.ts';
import { addPath, isFirstHop, isReachedByFlow, mayOpenDialog, recordRoute } from './record-route.ts';

/** What branches of one request share. */
export interface BranchOwner {
  /** As it came. */
  readonly received: SipRequest;
  /** After RFC 3261 §16.4. */
  readonly request: SipRequest;
  readonly egress: SipUri | undefined;
  readonly hash: string;
  readonly options: ProxyOptions;
  readonly failover: Failover;
  readonly timerCMs: number;
  readonly fromFlow: Flow;
  /** A provisional above 100, without our Via. */
  branchRings(branch: ProxiedBranch, response: SipResponse): void;
  /** A final: without our Via, or made here. Of an INVITE further 2xx may follow. */
  branchEnded(branch: ProxiedBranch, response: SipResponse): void;
  /** Early dialogs of the branch are over, and it goes on. */
  branchRestarted(branch: ProxiedBranch): void;
}

const TIMER_C = 1;
/** RFC 3326 §2. */
export const ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"';

export class ProxiedBranch implements FailoverUser, TimerOwner {
  readonly target: ProxyTarget;
  /** Its share of Max-Breadth. */
  readonly breadth: number;
  readonly early: EarlyDialogs;
  /** A provisional above 100 has come. */
  hasRung = false;
  /** A final response has come, or was made. */
  isOver = false;
  readonly #owner: BranchOwner;
  #sending: FailoverRequest | null = null;
  #timerC: TimerId = 0;
  #isExpired = false;
  #isCancelled = false;

  constructor(owner: BranchOwner, target: ProxyTarget, breadth: number) {
    this.#owner = owner;
    this.target = target;
    this.breadth = breadth;
    this.early = new EarlyDialogs(owner.received);
  }

  start(): void {
    const { request, failover } = this.#owner;
    const onward = onwardRequest(request, this.target, this.breadth);
    this.#armTimerC();
    const next = parseUri(onward.nextHop);
    const { flow } = this.target;
    const targets = flow === undefined ? this.target.targets : [targetOf(flow)];
    if (targets !== undefined) this.#sending = failover.sendTo(onward.request, targets, this);
    else if (next.kind === 'sip') this.#sending = failover.send(onward.request, next, this);
    // Nobody can be asked where that is.
    else this.#sending = failover.sendTo(onward.request, [], this);
  }

  /** RFC 3261 §9.1, §16.10. What is not INVITE runs out by itself. */
  cancel(reasonHeader: string | undefined): void {
    if (this.isOver || this.#isCancelled) return;
    this.#isCancelled = true;
    this.#sending?.cancel(reasonHeader);
  }

  onAttempt(request: SipRequest, to: Target): Attempt {
    const { received, egress, options, hash } = this.#owner;
    const target = this.target.flow === undefined ? leavingBy(to, egress, options.flowTo) : to;
    const isRecorded = options.recordRoute !== false && mayOpenDialog(received);
    const isRegister = options.flowTokens !== undefined && received.method === 'REGISTER';
    const flow = isRecorded || isRegister ? options.flowTo(target) : undefined;
    const onward = flow === undefined ? edit(request).done() : this.#atEdge(request, flow);
    onward.branchTail = hash;
    return { request: onward, target };
  }

  onResponse(response: SipResponse, _transaction: ClientTransaction): void {
    if (response.status === 100) return;
    const back = edit(response).removeTop('Via').done();
    if (response.isProvisional) {
      this.hasRung = true;
      this.early.seen(back);
      this.#armTimerC();
      this.#owner.branchRings(this, back);
    } else if (this.#isExpired && !response.isSuccess) this.#end(this.#made(408));
    else this.#end(back);
  }

  onTimeout(): void {
    this.#end(this.#made(this.#isCancelled && !this.#isExpired ? 487 : 408));
  }

  /** RFC 3261 §16.9; RFC 5626 §5.3.1 where the flow itself was what it was to go by. */
  onTransportFailure(): void {
    this.#end(this.target.flow === undefined ? this.#made(503) : this.#made(430));
  }

  /** RFC 5626 §5.1, §5.3: on the path of a registration, and of dialogs. */
  #atEdge(request: SipRequest, to: Flow): SipRequest {
    const { received, fromFlow, options } = this.#owner;
    const { flowTokens: tokens } = options;
    if (tokens === undefined) return recordRoute(request, fromFlow, to);
    if (received.method === 'REGISTER')
      return isFirstHop(received) ? addPath(request, to, tokens.of(fromFlow)) : edit(request).done();
    return recordRoute(request, fromFlow, to, {
      from: isReachedByFlow(received, fromFlow) ? tokens.of(fromFlow) : undefined,
      to: this.target.flow === undefined ? undefined : tokens.of(to),
    });
  }

  onUnlocated(failure: LocateFailure): void {
    this.#end(this.#made(failure.code === 'cancelled' ? 487 : 503));
  }

  onNextTarget(_failed: Target, _why: FailoverReason): void {
    this.#owner.branchRestarted(this);
  }

  /** Timer C: what rings is cancelled, and counts as 408 whatever it says then (RFC 3261 §16.8). */
  onTimer(): void {
    this.#timerC = 0;
    this.#isExpired = true;
    this.cancel('SIP;cause=408;text="Request Timeout"');
  }

  #armTimerC(): void {
    const { options, received, timerCMs } = this.#owner;
    if (received.method !== 'INVITE' || this.isOver || this.#isExpired) return;
    options.clock.disarm(this.#timerC);
    this.#timerC = options.clock.arm(timerCMs, this, TIMER_C);
  }

  #made(status: number): SipResponse {
    return buildResponse(this.#owner.received, status, { headers: this.#owner.options.headers });
  }

  #end(response: SipResponse): void {
    this.#owner.options.clock.disarm(this.#timerC);
    this.#timerC = 0;
    // A server that was given up has answered: the one that is asked now is not wanted any more.
    if (response.isSuccess) this.#sending?.cancel(ELSEWHERE);
    this.#owner.branchEnded(this, response);
  }
}
