/**
 * A stateful proxy (RFC 3261 §16): the transaction user that checks a request (§16.3), takes away the route that ends here (§16.4), asks its user where it is to
 * go (§16.5), and leaves the rest to a response context. The ACK of a 2xx goes on by its route without state.
 *
 * A response without a client transaction is not passed on: RFC 6026 §7.3 has changed RFC 3261 §16.7 step 1. A CANCEL without a transaction is answered 481 by the
 * layer, since nothing goes through here statelessly (§16.10). At the edge (`flowTokens`) it is the edge proxy of RFC 5626 §5.
 */
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { parseUri, type SipUri } from '../message/uri.ts';
import { targetOf } from '../session/target-of.ts';
import type { ServerTransaction, TransactionUser } from '../transaction/transaction-port.ts';
import { FailedTargets } from '../transport/failed-targets.ts';
import { Failover } from '../transport/failover.ts';
import type { Flow } from '../transport/flow.ts';
import type { Located } from '../transport/locate-server.ts';
import { refuseToForward } from './admit-request.ts';
import { leavingBy } from './egress.ts';
import type { FoundFlow } from './flow-tokens.ts';
import { loopHash } from './loop-hash.ts';
import { onwardRequest } from './onward-request.ts';
import { isOurs, preprocessRoute } from './preprocess-route.ts';
import type { ProxyOptions } from './proxy-port.ts';
import { type ProxyCore, ResponseContext } from './response-context.ts';

/** RFC 3261 §16.6 step 11: more than three minutes. */
const LEAST_TIMER_C_MS = 180_001;
const DEFAULT_TIMER_C_MS = 190_000;
const DEFAULT_BREADTH = 60;
const DEFAULT_TARGETS = 32;

export class StatefulProxy implements TransactionUser, ProxyCore {
  readonly options: ProxyOptions;
  readonly failover: Failover;
  readonly timerCMs: number;
  readonly maxBreadth: number;
  readonly maxTargets: number;
  readonly #loopKey: string;

  constructor(options: ProxyOptions) {
    this.options = options;
    this.failover = new Failover({ ...options, failed: options.failedTargets ?? new FailedTargets(options.clock) });
    this.timerCMs = Math.max(options.timerCMs ?? DEFAULT_TIMER_C_MS, LEAST_TIMER_C_MS);
    this.maxBreadth = options.maxBreadth ?? DEFAULT_BREADTH;
    this.maxTargets = options.maxTargets ?? DEFAULT_TARGETS;
    this.#loopKey = options.loopKey ?? options.random.token(24);
  }

  onRequest(transaction: ServerTransaction): void {
    const { request, flow } = transaction;
    const { handlers, isOwn, headers = [] } = this.options;
    const hash = this.#hashOf(request);
    const refusal = refuseToForward(request, hash, this.options);
    if (refusal !== undefined) {
      const { status, reason } = refusal;
      transaction.respond(buildResponse(request, status, { reason, headers: [...headers, ...refusal.headers] }));
      return;
    }
    if (handlers.authorize?.(transaction) === false) return;
    const routed = preprocessRoute(request, flow, isOwn);
    const token = this.#tokenOf(routed.egress, flow);
    if (token.kind === 'forged' || token.kind === 'gone') {
      transaction.respond(buildResponse(request, token.kind === 'gone' ? 430 : 403, { headers }));
    } else {
      const by = token.kind === 'found' ? token.flow : null;
      handlers.onRequest(new ResponseContext(this, transaction, { ...routed, by }, hash));
    }
  }

  /** The ACK of a 2xx (RFC 3261 §16.11: without state): by its route, or to the Contact that its Request-URI is. */
  onAck(ack: SipRequest, flow: Flow): void {
    const { isOwn, locator, handlers, transactions, flowTo } = this.options;
    const hash = this.#hashOf(ack);
    if (refuseToForward(ack, hash, this.options) !== undefined || handlers.admitsAck?.(ack, flow) === false) return;
    const { request, egress } = preprocessRoute(ack, flow, isOwn);
    const token = this.#tokenOf(egress, flow);
    if (token.kind === 'forged' || token.kind === 'gone') return;
    const onward = onwardRequest(request, request, null);
    if (token.kind === 'found') {
      onward.request.branchTail = hash;
      transactions.sendDirect(onward.request, targetOf(token.flow));
      return;
    }
    const next = parseUri(onward.nextHop);
    // To ourselves: it has no way to go.
    if (next.kind !== 'sip' || isOurs(next, isOwn)) return;
    onward.request.branchTail = hash;
    const send = (located: Located): void => {
      const target = located.ok ? located.targets[0] : undefined;
      if (target !== undefined) transactions.sendDirect(onward.request, leavingBy(target, egress, flowTo));
    };
    const known = locator.locate(next, { onLocated: send });
    if (known !== null) send(known);
  }

  /** RFC 6026 §7.3. */
  onStrayResponse(_response: SipResponse, _flow: Flow): void {}

  /** RFC 5626 §5.3: a token of the flow that the request came by says where it is from, any other where it goes. */
  #tokenOf(egress: SipUri | undefined, from: Flow): FoundFlow {
    const { flowTokens, flowTo } = this.options;
    const found = flowTokens?.find(egress?.user, flowTo) ?? { kind: 'none' };
    return found.kind === 'found' && found.flow.id === from.id ? { kind: 'none' } : found;
  }

  #hashOf(request: SipRequest): string {
    return loopHash(this.options.hasher, this.#loopKey, request);
  }
}

/** The transaction layer whose user this becomes has `rejectMerged: false`. */
export function createProxy(options: ProxyOptions): StatefulProxy {
  return new StatefulProxy(options);
}
