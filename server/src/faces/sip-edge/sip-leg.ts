/** One SIP leg: turns what its session reports into leg events, and leg commands into the session's verbs. */

import type { SessionDescription } from '@ringdown/sdp';
import {
  buildResponse,
  hidesIdentity,
  parsePrivacy,
  type ServerTransaction,
  type Session,
  type SessionBody,
  type SessionEnd,
  type SessionUser,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip';
import type { LegId } from '#base/ids';
import { endCause, type LegCommand, type LegEvent, type PeerPlace, type Row } from '#engine/calls';
import { formatParty } from './addresses.ts';
import { type LegOrigin, readBody } from './bodies.ts';
import { readAnswerCrossing, sessionIdOf } from './crossing.ts';
import type { Dialect } from './dialects.ts';
import { packagesTold, receiveInform, sendInform } from './info-packages.ts';
import { placeOfFlow } from './peer-place.ts';
import type { Referrals } from './referrals.ts';
import { causeOfEnd, causeOfStatus, type FarSide, reasonHeaderFor, statusFor } from './status-map.ts';
import { storeLeg } from './stored-leg.ts';
import { toldHeaders } from './told-identity.ts';

export interface SipLegOptions {
  readonly legId: LegId;
  readonly far: FarSide;
  readonly origin: LegOrigin;
  /** What this peer reaches us by. */
  readonly address: string;
  /** See `StoredLeg`. */
  readonly registered: string | null;
  readonly emit: (event: LegEvent) => void;
  /** Runs a task as an input of a later turn. */
  readonly post: (task: () => void) => void;
  readonly onOver: (legId: LegId) => void;
  /** For a party that has none of its own (RFC 7989 §7). */
  readonly newSessionId: () => string;
  readonly referrals: Pick<Referrals, 'receive'>;
}

export class SipLeg implements SessionUser {
  readonly options: SipLegOptions;
  session: Session | null = null;
  /** Our INVITE carried an offer, so its 2xx is acknowledged at once. */
  hasOffered = true;
  /** Its media has to go through us, as its INVITE shows. */
  isHidden = false;
  /** The peer's INVITE carried an offer; if not, ours may go into a provisional. */
  peerOffered = true;
  /** Its answer to that has come. */
  #isAnsweredEarly = false;
  /** RFC 6086: the packages that this peer was told it may send; undefined: none were spoken of, or nobody knows any more. */
  infoPackages: readonly string[] | undefined;
  /** How this peer is understood; null: as it is. */
  dialect: Dialect | null = null;
  /** What the peer calls the session (RFC 7989). */
  peerSessionId: string | undefined;
  #stored: Row | null = null;

  constructor(options: SipLegOptions) {
    this.options = options;
  }

  /** For the append log; a leg that is being ended is stored as it was before, so that it can be ended again. */
  snapshot(): Row | null {
    const { far, address, registered, origin } = this.options;
    const said = origin.snapshot();
    const stored =
      this.session === null
        ? null
        : storeLeg(this.session, { far, address, registered, hasOffered: this.hasOffered, said });
    this.#stored = stored ?? this.#stored;
    return this.#stored;
  }

  /** The log has it; it is made again when it is asked for. */
  rest(): string | null {
    this.#stored = null;
    this.session?.rest();
    return this.session?.remoteBody?.text ?? null;
  }

  get legId(): LegId {
    return this.options.legId;
  }

  peerPlace(): PeerPlace | null {
    const flow = this.session?.flow ?? null;
    return flow === null ? null : { ...placeOfFlow(flow, this.options.far), isHidden: this.isHidden };
  }

  bodyFor(description: SessionDescription): SessionBody {
    return this.options.origin.write(description, this.options.address);
  }

  perform(command: LegCommand): void {
    const { session } = this;
    if (session === null) return;
    switch (command.type) {
      case 'ring':
        if (command.description === null) session.progress(command.status);
        else this.#say(command.description, (body) => session.progress(command.status, { body }));
        break;
      case 'answer':
        this.#answer(session, command);
        break;
      case 'acknowledge':
        this.#say(command.description, (body) => session.ack(body));
        break;
      case 'reoffer':
        this.#reoffer(session, command.description);
        break;
      case 'cancel-reoffer':
        session.cancelReinvite();
        break;
      case 'accept-reoffer':
        this.#say(command.description, (body) => session.acceptReoffer(body));
        break;
      case 'refuse-reoffer':
        session.refuseReoffer(statusFor(command.cause));
        break;
      case 'inform':
        sendInform(session, command);
        break;
      case 'identify':
        session.sessionId = {
          local: command.sessionId ?? session.sessionId?.local ?? this.options.newSessionId(),
          remote: session.sessionId?.remote ?? this.peerSessionId,
        };
        break;
      case 'end':
        // Once it is ending a session has no snapshot of its own any more.
        if (this.#stored === null) this.snapshot();
        session.end({ reasonHeader: reasonHeaderFor(command.cause), status: statusFor(command.cause) });
        break;
      case 'dial':
        break;
    }
  }

  #say(description: SessionDescription, send: (body: SessionBody) => boolean): boolean {
    return this.options.origin.writeIfSent(description, this.options.address, send);
  }

  #answer(session: Session, { description, crossing, told }: Extract<LegCommand, { type: 'answer' }>): void {
    const crossed = crossing?.headers ?? [];
    if (crossing !== undefined) this.infoPackages = packagesTold(crossing);
    const { flow } = session;
    const headers =
      flow === null ? crossed : [...crossed, ...toldHeaders(told, (party) => formatParty(party, party.host, flow))];
    this.#say(description, (body) => session.accept(body, headers));
  }

  #reoffer(session: Session, description: SessionDescription | null): void {
    const isSent =
      description === null ? session.reinvite(null) : this.#say(description, (body) => session.reinvite(body));
    if (isSent) return;
    const cause = endCause('not-acceptable', { status: 491, detail: 'another change of this leg is under way' });
    this.options.post(() => this.options.emit({ type: 'reoffer-refused', legId: this.legId, cause }));
  }

  onProvisional(_session: Session, response: SipResponse, fork: string): void {
    const description = this.#descriptionOf(response);
    const { legId } = this;
    this.options.emit({
      type: 'ringing',
      legId,
      status: response.status,
      source: fork,
      description,
      ...this.#identified(response),
    });
  }

  onAccepted(session: Session, response: SipResponse, fork: string): void {
    this.#identified(response);
    if (this.hasOffered) session.ack(null);
    // What a reliable provisional has settled, the 2xx need not say again.
    const body = readBody(session.remoteBody ?? response, this.dialect?.readSdp);
    this.options.emit({
      type: 'answered',
      legId: this.legId,
      source: fork,
      description: body.kind === 'sdp' ? body.description : null,
      ...(body.kind === 'unreadable' ? { unreadable: body.reason } : {}),
      ...(hidesIdentity(parsePrivacy(response.headers('Privacy'))) ? { isHidden: true } : {}),
      crossing: readAnswerCrossing(this.dialect?.incoming?.(response) ?? response),
    });
  }

  #identified(response: SipResponse): { readonly sessionId?: string } {
    const said = sessionIdOf(response);
    this.peerSessionId = said.sessionId ?? this.peerSessionId;
    return said;
  }

  /** RFC 3262 §5. A PRACK that owes the answer and has none is found out with the ACK. */
  onPracked(session: Session, prack: SipRequest): void {
    if (this.peerOffered || this.#isAnsweredEarly || session.remoteBody === null) return;
    this.#isAnsweredEarly = true;
    const description = this.#descriptionOf(prack);
    this.options.emit({ type: 'answered-early', legId: this.legId, description });
  }

  onAcknowledged(_session: Session, ack: SipRequest): void {
    this.options.emit({ type: 'acknowledged', legId: this.legId, description: this.#descriptionOf(ack) });
  }

  onReoffer(session: Session, request: SipRequest): void {
    const body = readBody(request, this.dialect?.readSdp);
    if (body.kind === 'unreadable') {
      session.refuseReoffer(body.status === 415 ? 415 : 488);
      return;
    }
    const isEarlyFork = session.role === 'uac' && session.phase !== 'confirmed';
    this.options.emit({
      type: 'reoffered',
      legId: this.legId,
      description: body.kind === 'sdp' ? body.description : null,
      ...(isEarlyFork ? { source: request.from.tag ?? '' } : {}),
    });
  }

  onReofferCancelled(): void {
    this.options.emit({ type: 'reoffer-cancelled', legId: this.legId });
  }

  onReofferAcknowledged(_session: Session, ack: SipRequest): void {
    this.options.emit({ type: 'reacknowledged', legId: this.legId, description: this.#descriptionOf(ack) });
  }

  onReofferAccepted(_session: Session, _response: SipResponse, said: SessionBody | null): void {
    const body = readBody(said, this.dialect?.readSdp);
    const description = body.kind === 'sdp' ? body.description : null;
    this.options.emit({ type: 'reanswered', legId: this.legId, description });
  }

  onReofferRefused(_session: Session, status: number, response: SipResponse | undefined): void {
    const cause = causeOfStatus(status, response?.reason ?? '', this.options.far);
    const kept = status === 491 ? { ...cause, code: 'not-acceptable' as const, status } : cause;
    this.options.emit({ type: 'reoffer-refused', legId: this.legId, cause: kept });
  }

  onRefreshed(): void {
    this.options.emit({ type: 'refreshed', legId: this.legId });
  }

  onRequest(session: Session, transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.method === 'INFO' || request.method === 'MESSAGE') {
      const informed = receiveInform(transaction, this.infoPackages);
      if (informed !== undefined) this.options.emit({ ...informed, type: 'informed', legId: this.legId });
    } else if (!this.options.referrals.receive(this.legId, session, transaction))
      transaction.respond(buildResponse(request, 501));
  }

  #descriptionOf(message: SipRequest | SipResponse): SessionDescription | null {
    const body = readBody(message, this.dialect?.readSdp);
    return body.kind === 'sdp' ? body.description : null;
  }

  onEnded(_session: Session, end: SessionEnd): void {
    this.options.onOver(this.legId);
    this.options.emit({ type: 'ended', legId: this.legId, cause: causeOfEnd(end, this.options.far) });
  }
}
