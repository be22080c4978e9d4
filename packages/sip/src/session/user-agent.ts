/**
 * The user agent core (RFC 3261 §8, §12, §13): finds the session that a request in a dialog is for, makes sessions of new INVITEs, and hands up
 * everything else.
 */
import type { DialogState } from '../dialog/dialog.ts';
import { type DialogId, dialogIdOfRequest, dialogIdOfResponse, dialogKey } from '../dialog/dialog-id.ts';
import { LEAST_MIN_SE_SEC, refuseShortInterval, type SessionTimerSettings } from '../dialog/session-timer.ts';
import { buildResponse } from '../message/build-response.ts';
import { withoutBrackets } from '../message/host.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { type BytesToString, bytesToString, detachString } from '../message/text.ts';
import { checkRequest } from '../message/validate.ts';
import type { ServerTransaction, TransactionUser } from '../transaction/transaction-port.ts';
import { FailedTargets } from '../transport/failed-targets.ts';
import type { Flow } from '../transport/flow.ts';
import { checkSips } from '../transport/sips.ts';
import { dismiss } from './dismiss.ts';
import { InviteSession } from './invite-session.ts';
import { readReplaces } from './replaced.ts';
import type { SessionAgent, SessionCore } from './session-core.ts';
import type { HeaderPair, InviteOptions, Session, SessionSnapshot, SessionUser } from './session-port.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

/** In a dialog that is not known these are answered 481 (RFC 3261 §12.2.2); the rest may belong to usages that are not ours. */
const sessionMethods = new Set(['INVITE', 'BYE', 'UPDATE', 'INFO', 'PRACK']);

const mostStraysEnding = 100;

const mostAllowing = 256;
const longestAllow = 200;

export class UserAgent implements TransactionUser, SessionAgent {
  readonly options: UserAgentOptions;
  readonly sessionTimer: SessionTimerSettings;
  readonly extensions: readonly string[];
  readonly supported: string;
  readonly supportedOtherwise: string;
  readonly failedTargets: FailedTargets;
  readonly decode: BytesToString;
  readonly t1Ms: number;
  readonly t2Ms: number;
  /** Early and confirmed dialogs. */
  readonly #byDialog = new Map<string, SessionCore>();
  /** Whether a value of Allow names UPDATE. */
  readonly #allowing = new Map<string, boolean>();
  /** Brought back while their 2xx was not acknowledged. */
  readonly #resumed = new Set<SessionCore>();
  #straysEnding = 0;

  constructor(options: UserAgentOptions) {
    this.options = options;
    this.sessionTimer = options.sessionTimer ?? { intervalSec: 0, minSec: LEAST_MIN_SE_SEC };
    this.extensions = options.extensions ?? ['timer', '100rel', 'replaces'];
    this.supported = this.extensions.join(', ');
    this.supportedOtherwise = this.extensions.filter((tag) => tag !== '100rel').join(', ');
    this.failedTargets = options.failedTargets ?? new FailedTargets(options.clock);
    this.decode = options.decode ?? bytesToString;
    this.t1Ms = options.t1Ms ?? 500;
    this.t2Ms = options.t2Ms ?? 4_000;
  }

  /** Sessions that have a dialog, early ones too. */
  get sessionCount(): number {
    return new Set(this.#byDialog.values()).size;
  }

  invite(options: InviteOptions, user: SessionUser): Session {
    return InviteSession.calling(this, options, user);
  }

  /**
   * Takes a session of an earlier process up again, over a flow to where `snapshot.flow` says. Its phase is `confirmed`, or `accepted`: then a 2xx of ours
   * is repeated until its ACK, and for one of the peer's the user owes `ack` as after `onAccepted`.
   */
  restore(snapshot: SessionSnapshot, flow: Flow, user: SessionUser): Session {
    const session = InviteSession.restored(this, { snapshot, flow, user });
    if (session.repetition !== null) this.#resumed.add(session);
    return session;
  }

  /** The session with that dialog, early ones too, as we see it. */
  sessionIn(dialog: DialogId): Session | undefined {
    return this.#byDialog.get(dialogKey(dialog));
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    const isInDialog = request.to.tag !== undefined;
    const session = isInDialog ? this.#byDialog.get(dialogKey(dialogIdOfRequest(request))) : undefined;
    if (session !== undefined) {
      if (!this.#refuse(transaction)) session.receive(transaction);
    } else if (isInDialog && sessionMethods.has(request.method)) transaction.respond(buildResponse(request, 481));
    else if (isInDialog || request.method !== 'INVITE') this.options.handlers.onRequest(transaction);
    else if (!this.#refuse(transaction)) this.#ring(transaction);
  }

  #ring(transaction: ServerTransaction): void {
    if (this.#isAnsweredBefore(transaction)) return;
    const shortInterval = refuseShortInterval(transaction.request, this.sessionTimer);
    if (shortInterval !== null) {
      this.#respond(transaction, 422, { headers: shortInterval });
      return;
    }
    const verdict = readReplaces(transaction.request, this.#byDialog);
    if ('status' in verdict) {
      this.#respond(transaction, verdict.status, { ...verdict, headers: [] });
      return;
    }
    const session = InviteSession.called(this, transaction);
    session.replacement = verdict.replacement;
    const user = this.options.handlers.onInvite(session, transaction);
    if (user !== undefined) session.user = user;
  }

  /** The INVITE of a call that a process before us has accepted, from a caller that has not seen the 2xx: it is no second call. */
  #isAnsweredBefore(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    for (const session of this.#resumed) {
      const { repetition, state } = session;
      if (repetition === null) this.#resumed.delete(session);
      else if (
        state.callId === request.callId &&
        state.dialog?.remoteTag === request.from.tag &&
        repetition.seq === request.cseq.seq
      ) {
        transaction.respond(repetition.response);
        return true;
      }
    }
    return false;
  }

  /** What a session cannot take: malformed headers, 420 for an extension that is not understood (RFC 3261 §8.2.2.3). */
  #refuse(transaction: ServerTransaction): boolean {
    const { request, flow } = transaction;
    const rejection =
      checkSips(request, flow) ?? checkRequest(request, { role: 'server', extensions: this.extensions });
    if (rejection !== undefined) this.#respond(transaction, rejection.status, rejection);
    return rejection !== undefined;
  }

  /** Before anybody knows who it is. */
  #respond(
    transaction: ServerTransaction,
    status: number,
    parts: { readonly reason?: string; readonly headers: readonly HeaderPair[] },
  ): void {
    transaction.refuse(
      buildResponse(transaction.request, status, {
        reason: parts.reason,
        headers: [...(this.options.headers ?? []), ...parts.headers],
      }),
    );
  }

  onAck(ack: SipRequest, _flow: Flow): void {
    this.#byDialog.get(dialogKey(dialogIdOfRequest(ack)))?.receiveAck(ack);
  }

  /** A 2xx whose INVITE transaction is gone: its session repeats the ACK, or it is a fork nobody wants. */
  onStrayResponse(response: SipResponse, flow: Flow): void {
    if (response.cseq.method !== 'INVITE' || !response.isSuccess) return;
    const session = this.#byDialog.get(dialogKey(dialogIdOfResponse(response)));
    if (session !== undefined) session.repeatAck(response.cseq.seq);
    else this.#endStray(response, flow);
  }

  dismiss(response: SipResponse, flow: Flow): void {
    dismiss(this.options, response, flow);
  }

  /**
   * RFC 3261 §18.1.2: what does not carry our Via is no answer to us. Anybody can write it, and be it with the address of another: so that nobody is flooded by us,
   * no more than a few are ended at a time; the rest come again.
   */
  #endStray(response: SipResponse, flow: Flow): void {
    const { host, port } = response.topVia;
    const own = flow.advertised;
    const isOurs =
      withoutBrackets(host).toLowerCase() === withoutBrackets(own.host).toLowerCase() &&
      (port ?? (flow.secure ? 5061 : 5060)) === own.port;
    if (!isOurs || this.#straysEnding >= mostStraysEnding) return;
    this.#straysEnding++;
    dismiss(this.options, response, flow, () => {
      this.#straysEnding--;
    });
  }

  allowsUpdate(allow: string, message: SipRequest | SipResponse): boolean {
    // A list may go on in a second row.
    if (message.head.findNamed('Allow', message.head.findNamed('Allow') + 1) >= 0)
      return message.hasToken('Allow', 'UPDATE');
    const known = this.#allowing.get(allow);
    if (known !== undefined) return known;
    const allows = message.hasToken('Allow', 'UPDATE');
    if (this.#allowing.size >= mostAllowing) this.#allowing.clear();
    if (allow.length <= longestAllow) this.#allowing.set(detachString(allow), allows);
    return allows;
  }

  adopt(dialog: DialogState, session: SessionCore): void {
    this.#byDialog.set(dialogKey(dialog), session);
  }

  forget(dialog: DialogId): void {
    this.#byDialog.delete(dialogKey(dialog));
  }
}

export function createUserAgent(options: UserAgentOptions): UserAgent {
  return new UserAgent(options);
}
