/**
 * A stateless proxy (RFC 3261 §16.11): forwards each request to one place and each response along its Vias, and remembers nothing. It sits right on the
 * transport, without transactions: a retransmission, a CANCEL and the ACK of a refusal go the same way under the same branch, since both follow from the request
 * alone. Where DNS leaves a choice among servers, that too follows from the request (RFC 3263 §4.3).
 *
 * Leaves out: 100, which a stateless proxy must not send; fail-over, forking, redirects.
 */
import type { Hasher } from '../auth/hasher.ts';
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { buildResponse, type ResponseParts } from '../message/build-response.ts';
import { edit } from '../message/edit.ts';
import { formatMessage, formatRejection } from '../message/format-message.ts';
import { withoutBrackets } from '../message/host.ts';
import type { ParseFailure } from '../message/parse-failure.ts';
import { parseMessage } from '../message/parse-message.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { parseUri, type SipUri } from '../message/uri.ts';
import { formatVia } from '../message/via.ts';
import { hashText } from '../overload/hash-text.ts';
import { responseFlowFor } from '../transaction/response-route.ts';
import { addTopVia, stampReceived } from '../transaction/via-stamp.ts';
import type { DnsCache } from '../transport/dns-cache.ts';
import type { Flow, Target } from '../transport/flow.ts';
import { type Located, ServerLocator, type ServerLocatorOptions } from '../transport/locate-server.ts';
import type { TransportPort } from '../transport/transport-port.ts';
import { refuseToForward } from './admit-request.ts';
import { leavingBy } from './egress.ts';
import { loopHash } from './loop-hash.ts';
import { onwardRequest } from './onward-request.ts';
import { type Preprocessed, preprocessRoute } from './preprocess-route.ts';
import type { ProxyOptions } from './proxy-port.ts';
import { mayOpenDialog, recordRoute } from './record-route.ts';
import { responseTarget } from './response-target.ts';
import { statelessBranch } from './stateless-branch.ts';

/** Where one request goes, or how it is answered. The same for the same request, always. */
export type StatelessDecision =
  | { readonly uri: string; readonly route?: readonly string[]; readonly target?: Target }
  | (ResponseParts & { readonly status: number });

export interface StatelessProxyOptions
  extends Pick<ProxyOptions, 'hasher' | 'isOwn' | 'recordRoute' | 'extensions' | 'schemes' | 'headers'>,
    Pick<ServerLocatorOptions, 'kinds' | 'families'> {
  readonly clock: Clock;
  readonly transport: TransportPort;
  readonly dns: DnsCache;
  readonly hasher: Hasher;
  /** Kept over restarts, or what is under way then is cut. */
  readonly loopKey: string;
  /** @param request after RFC 3261 §16.4; `{ uri: request.uri }` sends it to where it says */
  readonly route: (request: SipRequest, flow: Flow) => StatelessDecision;
}

export class StatelessProxy {
  readonly #options: StatelessProxyOptions;

  constructor(options: StatelessProxyOptions) {
    this.#options = options;
  }

  /** One message as it came from the transport. The bytes now belong to the message. */
  receiveBytes(bytes: Uint8Array, flow: Flow): void {
    const parsed = parseMessage(bytes);
    if (parsed.ok) this.receive(parsed.message, flow);
    else if (parsed.failure.code !== 'empty') this.refuse(parsed.failure, flow);
  }

  receive(message: SipRequest | SipResponse, flow: Flow): void {
    if (message.kind === 'request') this.#request(stampReceived(message as SipRequest, flow.remote), flow);
    else this.#response(message as SipResponse);
  }

  /** What could not be parsed. */
  refuse(failure: ParseFailure, flow: Flow): void {
    const { transport } = this.#options;
    const rejection = formatRejection(failure);
    if (rejection !== undefined)
      transport.send(rejection.bytes, responseFlowFor(rejection.topVia, flow, transport), null);
  }

  #request(request: SipRequest, flow: Flow): void {
    const { hasher, loopKey, isOwn, route } = this.#options;
    const hash = loopHash(hasher, loopKey, request);
    const refusal = refuseToForward(request, hash, this.#options);
    if (refusal !== undefined) {
      this.#answer(request, flow, refusal);
      return;
    }
    const routed = preprocessRoute(request, flow, isOwn);
    const decision = route(routed.request, flow);
    if ('status' in decision) {
      this.#answer(request, flow, decision);
      return;
    }
    const onward = onwardRequest(routed.request, decision, null);
    const next = parseUri(onward.nextHop);
    const send = (target: Target | undefined) =>
      this.#send({ received: request, onward: onward.request, routed, hash, flow }, target);
    if (decision.target !== undefined) send(decision.target);
    else if (next.kind === 'sip')
      this.#locate(next, request, (located) => send(located.ok ? located.targets[0] : undefined));
    else this.#answer(request, flow, { status: 416 });
  }

  #send(going: Going, to: Target | undefined): void {
    const { transport, hasher, loopKey } = this.#options;
    const { received, onward, routed, hash, flow } = going;
    const target = to === undefined ? undefined : leavingBy(to, routed.egress, (one) => transport.flowTo(one));
    const out = target === undefined ? undefined : transport.flowTo(target);
    if (out === undefined) {
      this.#answer(received, flow, { status: 500, reason: 'Next Hop Unavailable' });
      return;
    }
    const isRecorded = this.#options.recordRoute !== false && mayOpenDialog(received);
    const request = isRecorded ? recordRoute(onward, flow, out) : onward;
    const branch = `${statelessBranch(hasher, loopKey, received)}.${hash}`;
    const { host, port } = out.advertised;
    const via = formatVia({ transport: out.kind, host, port, branch, rport: true });
    // RFC 3261 §16.11: what becomes of it, nobody here waits for.
    transport.send(formatMessage(addTopVia(request, via)), out, null);
  }

  /** RFC 3261 §16.11, §18.1.2: only what came by a Via of ours, and on to where the next one says. */
  #response(response: SipResponse): void {
    const { transport, isOwn } = this.#options;
    const { host, port } = response.topVia;
    if (!isOwn(withoutBrackets(host).toLowerCase(), port)) return;
    const back = edit(response).removeTop('Via').done();
    const [next] = back.vias();
    const target = next === undefined ? undefined : responseTarget(next);
    const flow = target === undefined ? undefined : transport.flowTo(target);
    if (flow !== undefined) transport.send(formatMessage(back), flow, null);
  }

  #locate(uri: SipUri, request: SipRequest, done: (located: Located) => void): void {
    const { dns: cache, clock, kinds, families } = this.#options;
    const chosen = { ...(kinds === undefined ? {} : { kinds }), ...(families === undefined ? {} : { families }) };
    const locator = new ServerLocator({ ...chosen, cache, clock, random: chanceOf(request) });
    const known = locator.locate(uri, { onLocated: done });
    if (known !== null) done(known);
  }

  /** As a stateless server does: the same tag each time (RFC 3261 §8.2.7); an ACK is never answered. */
  #answer(request: SipRequest, flow: Flow, decision: ResponseParts & { readonly status: number }): void {
    if (request.method === 'ACK') return;
    const { transport, headers = [] } = this.#options;
    const { status, ...parts } = decision;
    const toTag = hashText(`${request.topVia.branch ?? ''} ${request.callId}`).toString(36);
    const response = buildResponse(request, status, {
      toTag,
      ...parts,
      headers: [...headers, ...(parts.headers ?? [])],
    });
    transport.send(formatMessage(response), responseFlowFor(request.topVia, flow, transport), null);
  }
}

interface Going {
  readonly received: SipRequest;
  readonly onward: SipRequest;
  readonly routed: Preprocessed;
  readonly hash: string;
  readonly flow: Flow;
}

/** The same numbers for INVITE, CANCEL, ACK and all their retransmissions. */
function chanceOf({ callId, from, cseq }: SipRequest): Random {
  const seed = `${callId} ${from.tag ?? ''} ${cseq.seq}`;
  let count = 0;
  const next = () => hashText(`${seed} ${count++}`);
  return {
    integer: (below) => next() % below,
    token: (length) => next().toString(36).padStart(length, '0').slice(0, length),
  };
}

export function createStatelessProxy(options: StatelessProxyOptions): StatelessProxy {
  return new StatelessProxy(options);
}
