/** A REFER in the dialog of a call, in the hands of who got it (RFC 3515 §2.4.2): accepted or refused, and then reported on. */
import type { EventAgent } from '../event/event-agent.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { HeaderPair } from '../session/session-bodies.ts';
import type { Session } from '../session/session-port.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { type ReadRefer, readRefer } from './read-refer.ts';
import { ReferReport } from './refer-report.ts';

export interface IncomingReferOptions {
  readonly events: EventAgent;
  readonly session: Session;
  /** On the answer: User-Agent and the like. */
  readonly headers?: readonly HeaderPair[];
  /** Nothing more can be said about it. */
  readonly onOver?: () => void;
}

export class IncomingRefer implements ReadRefer {
  readonly request: SipRequest;
  readonly referTo: ReadRefer['referTo'];
  readonly wantsReports: boolean;
  readonly referredBy: ReadRefer['referredBy'];
  readonly targetDialog: ReadRefer['targetDialog'];
  readonly #transaction: ServerTransaction;
  readonly #options: IncomingReferOptions;
  #isAnswered = false;
  #report: ReferReport | null = null;

  /** Undefined: it cannot be used, and is refused. */
  static take(transaction: ServerTransaction, options: IncomingReferOptions): IncomingRefer | undefined {
    const read = readRefer(transaction.request);
    if ('status' in read) {
      const { status, reason } = read;
      transaction.respond(buildResponse(transaction.request, status, { reason, headers: options.headers }));
      return undefined;
    }
    return new IncomingRefer(transaction, read, options);
  }

  private constructor(transaction: ServerTransaction, read: ReadRefer, options: IncomingReferOptions) {
    this.#transaction = transaction;
    this.#options = options;
    this.request = transaction.request;
    this.referTo = read.referTo;
    this.wantsReports = read.wantsReports;
    this.referredBy = read.referredBy;
    this.targetDialog = read.targetDialog;
  }

  /** Its number in the dialog, by which its reports are known. */
  get id(): string {
    return String(this.request.cseq.seq);
  }

  /**
   * It is being tried: 202, and NOTIFY with 100. False: it was answered before. Interop: RFC 7647 §5 and RFC 6665 §8.3.1 would have 200; phones that know RFC 3515 alone look for 202, and all
   * others have to take it for 200.
   */
  accept(): boolean {
    const refersub: HeaderPair[] = this.wantsReports ? [] : [['Refer-Sub', 'false']];
    if (!this.#answer(202, undefined, refersub)) return false;
    const { events, session, onOver } = this.#options;
    if (this.wantsReports) this.#report = new ReferReport(events, { session, id: this.id }, () => onOver?.());
    else onOver?.();
    return true;
  }

  refuse(status: number, reason?: string): boolean {
    const isFirst = this.#answer(status, reason, []);
    if (isFirst) this.#options.onOver?.();
    return isFirst;
  }

  /** What was asked for goes on: 180, for one. */
  progress(status: number, reason?: string): void {
    this.#report?.progress(status, reason);
  }

  /** Its final status: no more follows. */
  finish(status: number, reason?: string): void {
    this.#report?.finish(status, reason);
  }

  #answer(status: number, reason: string | undefined, more: readonly HeaderPair[]): boolean {
    if (this.#isAnswered) return false;
    this.#isAnswered = true;
    const { headers = [] } = this.#options;
    this.#transaction.respond(buildResponse(this.request, status, { reason, headers: [...headers, ...more] }));
    return true;
  }
}
