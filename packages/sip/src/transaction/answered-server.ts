/**
 * What is left of a server transaction for 64*T1 once its final response was given: the Completed state of RFC 3261 §17.2.2 over an unreliable
 * transport, which repeats the response, and the Accepted state of RFC 6026 §7.1, which absorbs. Most transactions that a busy server holds are in
 * one of the two, so this holds on to neither the request nor the user.
 */
import type { TimerOwner } from '../clock/clock.ts';
import type { Flow } from '../transport/flow.ts';
import type { ServerTransaction, ServerTransactionUser } from './transaction-port.ts';

export interface AnsweredServerOptions {
  readonly key: string;
  readonly method: string;
  /** Of the request, as it came; see tagsMatch. */
  readonly originalToTag: string | undefined;
  readonly toTag: string | undefined;
  readonly mergeKey: string;
  /** What a retransmission is answered with, a character for each octet; null: nothing, the 2xx to an INVITE is repeated by the dialog. */
  readonly wire: string | null;
  readonly responseFlow: Flow;
  readonly onOver: (answered: AnsweredServer) => void;
}

export class AnsweredServer implements TimerOwner {
  readonly key: string;
  readonly method: string;
  readonly originalToTag: string | undefined;
  readonly toTag: string | undefined;
  mergeKey: string;
  readonly wire: string | null;
  readonly responseFlow: Flow;
  /** Only where somebody wants to know when it is over. */
  transaction: ServerTransaction | null = null;
  readonly #onOver: (answered: AnsweredServer) => void;

  constructor(options: AnsweredServerOptions) {
    this.key = options.key;
    this.method = options.method;
    this.originalToTag = options.originalToTag;
    this.toTag = options.toTag;
    this.mergeKey = options.mergeKey;
    this.wire = options.wire;
    this.responseFlow = options.responseFlow;
    this.#onOver = options.onOver;
  }

  /** Timer J or L. */
  onTimer(): void {
    this.#onOver(this);
    const user: ServerTransactionUser | null = this.transaction?.user ?? null;
    if (this.transaction !== null) user?.onTerminated?.(this.transaction, 'done');
  }
}
