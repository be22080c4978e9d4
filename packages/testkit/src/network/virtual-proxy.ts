/**
 * A proxy for tests (RFC 3261 §16): keeps a transaction on either side, record-routes, forks if it has several targets, passes CANCEL on. It may speak as
 * a strict router of RFC 2543. Just what scenarios of user agents need.
 *
 * Leaves out: loop detection, timer C, choosing the best of several refusals (the last one goes back), and DNS.
 */
import {
  buildResponse,
  type ClientTransaction,
  edit,
  type Flow,
  parseNameAddr,
  type ServerTransaction,
  type SipRequest,
  type SipResponse,
  type Target,
  TransactionLayer,
  type TransactionUser,
} from '@ringdown/sip';
import { SeededRandom } from '../clock/seeded-random.ts';
import type { VirtualHost } from './virtual-host.ts';
import type { VirtualNetwork } from './virtual-network.ts';
import { targetOfUri } from './virtual-phone.ts';

interface Place {
  /** Request-URI. */
  readonly uri: string;
  readonly target: Target;
}

export interface VirtualProxyOptions {
  readonly recordRoute?: 'loose' | 'strict' | 'none';
  /** Where a request without a route to follow goes, by its Request-URI; several: forked. Default: where the URI says. */
  readonly route?: (request: SipRequest) => readonly Place[];
  /** True: the request was answered, with a challenge for instance. */
  readonly intercept?: (transaction: ServerTransaction) => boolean;
  /** What a gateway on the way makes of a message that it passes on. */
  readonly change?: <M extends SipRequest | SipResponse>(message: M) => M;
}

interface Fork {
  readonly server: ServerTransaction;
  readonly clients: ClientTransaction[];
  waiting: number;
}

export class VirtualProxy implements TransactionUser {
  readonly name: string;
  readonly host: VirtualHost;
  readonly layer: TransactionLayer;
  /** Requests as they came. */
  readonly passed: SipRequest[] = [];
  options: VirtualProxyOptions;
  readonly #uri: string;
  readonly #address: string;

  constructor(network: VirtualNetwork, name: string, address: string, options: VirtualProxyOptions = {}) {
    this.name = name;
    this.options = options;
    this.host = network.host(name, address).listen('udp');
    this.#address = address;
    this.#uri = options.recordRoute === 'strict' ? `sip:${address}` : `sip:${address};lr`;
    const random = new SeededRandom(name.charCodeAt(0) * 97 + name.length);
    this.layer = new TransactionLayer({
      clock: network.clock,
      random,
      transport: this.host,
      user: this,
      rejectMerged: false,
      timers: { tryingMs: 0 },
    });
    this.host.onMessage = (bytes, flow) => this.layer.receiveBytes(bytes, flow);
  }

  onRequest(transaction: ServerTransaction): void {
    this.passed.push(transaction.request);
    if (this.options.intercept?.(transaction) === true) return;
    const onward = this.#onward(transaction.request);
    const fork: Fork = { server: transaction, clients: [], waiting: onward.length };
    transaction.user = { onCancel: () => this.#cancel(fork) };
    if (onward.length === 0)
      transaction.respond(buildResponse(transaction.request, 404, { toTag: `${this.name}-tag` }));
    for (const { request, target } of onward) {
      const client = this.layer.request(request, target, {
        onResponse: (response) => this.#back(fork, client, response),
        onTimeout: () => this.#refused(fork, buildResponse(transaction.request, 408, { toTag: `${this.name}-tag` })),
        onTransportFailure: () =>
          this.#refused(fork, buildResponse(transaction.request, 503, { toTag: `${this.name}-tag` })),
      });
      fork.clients.push(client);
    }
  }

  /** The ACK of a 2xx. */
  onAck(ack: SipRequest): void {
    this.passed.push(ack);
    for (const { request, target } of this.#onward(ack)) this.layer.sendDirect(request, target);
  }

  /** A 2xx whose transaction is gone is passed on without state (RFC 3261 §16.7). */
  onStrayResponse(response: SipResponse, _flow: Flow): void {
    const back = edit(response).removeTop('Via').done();
    const via = back.headers('Via').length === 0 ? undefined : back.topVia;
    const target = via === undefined ? undefined : targetOfUri(`sip:${via.sentBy}`);
    if (target !== undefined) this.layer.sendDirect(back, target);
  }

  #onward(request: SipRequest): { readonly request: SipRequest; readonly target: Target }[] {
    const maxForwards = (request.maxForwards ?? 70) - 1;
    const routed = this.#withoutOwnRoute(edit(request).setHeader('Max-Forwards', maxForwards).done());
    const [route] = routed.headers('Route');
    const next = parseNameAddr(route ?? '')?.uriText;
    const places = next === undefined ? this.#place(routed) : this.#byRoute(routed, next);
    return places.map(({ uri, target }) => {
      const editor = edit(routed).setUri(uri);
      const isFirst = routed.method === 'INVITE' && routed.to.tag === undefined;
      if (isFirst && this.options.recordRoute !== 'none') editor.prependHeader('Record-Route', `<${this.#uri}>`);
      return { request: this.#changed(editor.done()), target };
    });
  }

  /** §16.4: our own Route goes, or the Request-URI that a strict router before us has put there. */
  #withoutOwnRoute(request: SipRequest): SipRequest {
    const [first] = request.headers('Route');
    if (this.#isOwn(request.uri) && first !== undefined && request.to.tag !== undefined) {
      // Strict: the next Route becomes the Request-URI (RFC 2543 §6.29).
      if (this.options.recordRoute === 'strict')
        return edit(request)
          .setUri(parseNameAddr(first)?.uriText ?? request.uri)
          .removeTop('Route')
          .done();
      const routes = request.headers('Route');
      const last = parseNameAddr(routes.at(-1) ?? '')?.uriText ?? request.uri;
      const rest = routes.slice(0, -1);
      const editor = edit(request).setUri(last).removeHeader('Route');
      for (const route of rest) editor.addHeader('Route', route);
      return this.#withoutOwnRoute(editor.done());
    }
    return first !== undefined && this.#isOwn(parseNameAddr(first)?.uriText ?? '')
      ? edit(request).removeTop('Route').done()
      : request;
  }

  #place(request: SipRequest): readonly Place[] {
    const chosen = request.to.tag === undefined ? this.options.route?.(request) : undefined;
    return chosen ?? direct(request.uri, request.uri);
  }

  #changed<M extends SipRequest | SipResponse>(message: M): M {
    return this.options.change?.(message) ?? message;
  }

  #byRoute(request: SipRequest, next: string): readonly Place[] {
    // A strict router does not look at further Route headers: its Request-URI says where to.
    return direct(request.uri, this.options.recordRoute === 'strict' ? request.uri : next);
  }

  #isOwn(uri: string): boolean {
    return targetOfUri(uri)?.remote.address === this.#address;
  }

  #back(fork: Fork, client: ClientTransaction, response: SipResponse): void {
    if (response.status === 100) return;
    const back = this.#changed(edit(response).removeTop('Via').done());
    if (!response.isFinal) fork.server.respond(back);
    else if (response.isSuccess) {
      fork.server.respond(back);
      for (const other of fork.clients) if (other !== client) other.cancel();
    } else this.#refused(fork, back);
  }

  #refused(fork: Fork, response: SipResponse): void {
    fork.waiting -= 1;
    if (fork.waiting === 0) fork.server.respond(response);
  }

  #cancel(fork: Fork): void {
    for (const client of fork.clients) client.cancel();
  }
}

function direct(uri: string, next: string): readonly Place[] {
  const target = targetOfUri(next);
  return target === undefined ? [] : [{ uri, target }];
}
