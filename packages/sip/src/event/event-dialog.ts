/**
 * Where the messages of a subscription go: a dialog of its own, made by SUBSCRIBE or NOTIFY (RFC 6665 §4.4.1), or the dialog of a call that it shares (§4.5.2; REFER in a call,
 * RFC 3515). The machines see no difference.
 */
import { type DialogState, inDialogRequest, refreshTarget, takeRemoteSeq } from '../dialog/dialog.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipResponse } from '../message/response.ts';
import { bodyHeaders, type HeaderPair, type SessionBody, withCredentialRows } from '../session/session-bodies.ts';
import type { Session } from '../session/session-port.ts';
import { targetInDialog } from '../session/target-of.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import type { Flow } from '../transport/flow.ts';
import type { Authenticate, EventAgentOptions } from './event-port.ts';

export interface EventRequest {
  readonly method: 'SUBSCRIBE' | 'NOTIFY';
  readonly headers: readonly HeaderPair[];
  readonly body: SessionBody | null;
}

/** What became of a request: its final response, or that there is none. */
export type EventAnswer =
  | { readonly kind: 'response'; readonly response: SipResponse }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'transport'; readonly detail: string };

export interface EventDialog {
  send(request: EventRequest, done: (answer: EventAnswer) => void): void;
  respond(transaction: ServerTransaction, status: number, headers?: readonly HeaderPair[]): void;
}

/** Challenges that one request is answered through. */
const mostChallenges = 2;

/** A dialog that only this subscription uses. */
export class OwnDialog implements EventDialog {
  readonly state: DialogState;
  /** The way the peer was last heard from. */
  flow: Flow;
  readonly #options: EventAgentOptions;
  readonly #authenticate: Authenticate | undefined;

  constructor(
    options: EventAgentOptions,
    at: { readonly state: DialogState; readonly flow: Flow },
    authenticate?: Authenticate,
  ) {
    this.#options = options;
    this.state = at.state;
    this.flow = at.flow;
    this.#authenticate = authenticate;
  }

  /** False: it comes out of order (RFC 3261 §12.2.2), and is answered. SUBSCRIBE and NOTIFY move the remote target. */
  take(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (!takeRemoteSeq(this.state, request)) {
      this.respond(transaction, 500, [['Retry-After', '1']]);
      return false;
    }
    this.flow = transaction.flow;
    refreshTarget(this.state, request);
    return true;
  }

  send(request: EventRequest, done: (answer: EventAnswer) => void): void {
    this.#send(request, done, mostChallenges);
  }

  #send(request: EventRequest, done: (answer: EventAnswer) => void, challenges: number): void {
    const { transactions, headers = [] } = this.#options;
    const { state, flow } = this;
    const message = inDialogRequest(state, {
      method: request.method,
      headers: [this.#contact, ...headers, ...request.headers, ...bodyHeaders(request.body)],
      ...(request.body === null ? {} : { body: request.body.bytes }),
    });
    const target = targetInDialog(this.#options, { dialog: state, flow, followsContact: false });
    transactions.request(message, target, {
      onResponse: (response) => {
        if (!response.isFinal) return;
        const isChallenge = response.status === 401 || response.status === 407;
        const rows = isChallenge && challenges > 0 ? this.#authenticate?.(response, message) : undefined;
        if (rows !== undefined) {
          this.#send({ ...request, headers: withCredentialRows(request.headers, rows) }, done, challenges - 1);
          return;
        }
        if (response.isSuccess) refreshTarget(state, response);
        done({ kind: 'response', response });
      },
      onTimeout: () => done({ kind: 'timeout' }),
      onTransportFailure: ({ detail }) => done({ kind: 'transport', detail }),
    });
  }

  respond(transaction: ServerTransaction, status: number, headers: readonly HeaderPair[] = []): void {
    transaction.respond(
      buildResponse(transaction.request, status, {
        toTag: this.state.localTag,
        headers: [...(status < 300 ? [this.#contact] : []), ...(this.#options.headers ?? []), ...headers],
      }),
    );
  }

  get #contact(): HeaderPair {
    return ['Contact', `<${this.#options.contact(this.flow)}>`];
  }
}

/** The dialog of a call: the session keeps its order, numbers and way. */
export class SessionDialog implements EventDialog {
  readonly #session: Session;
  readonly #headers: readonly HeaderPair[];

  constructor(session: Session, headers: readonly HeaderPair[]) {
    this.#session = session;
    this.#headers = headers;
  }

  send(request: EventRequest, done: (answer: EventAnswer) => void): void {
    const { method, headers, body } = request;
    const wasSent = this.#session.request(method, {
      headers,
      ...(body === null ? {} : { body }),
      onFinal: (response) => done(response === undefined ? { kind: 'timeout' } : { kind: 'response', response }),
    });
    if (!wasSent) done({ kind: 'transport', detail: 'the call is over' });
  }

  respond(transaction: ServerTransaction, status: number, headers: readonly HeaderPair[] = []): void {
    transaction.respond(buildResponse(transaction.request, status, { headers: [...this.#headers, ...headers] }));
  }
}
