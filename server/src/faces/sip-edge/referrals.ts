/**
 * REFER in the dialogs of legs (RFC 3515): read here, decided by services/calling, carried out by the engine; and what is told to who asked, by NOTIFY, which may have left the
 * call by then (RFC 5057). A back-to-back user agent keeps a transfer to itself: the other party sees a change of its session, and no REFER.
 *
 * Leaves out: REFER outside of a call, and for anything but INVITE.
 */
import {
  buildResponse,
  type DialogId,
  EventAgent,
  IncomingRefer,
  ReferReport,
  reasonPhrase,
  type ServerTransaction,
  type Session,
  type UserAgent,
} from '@ringdown/sip';
import type { LegId, TenantId } from '#base/ids';
import type { EndCause, LegCommand, Party, Referral } from '#engine/calls';
import type { DirectoryViews } from '#services/directory';
import { partyOfUri } from './caller.ts';
import { statusFor } from './status-map.ts';

export interface ReferralsOptions {
  readonly agent: UserAgent;
  readonly legs: ReadonlyMap<LegId, ReferredLeg>;
  readonly directory: Pick<DirectoryViews, 'findDomain'>;
  readonly isOwnHost: (host: string) => boolean;
  readonly post: (task: () => void) => void;
  readonly onReferral: (referral: Referral) => void;
}

/** Of the edge. */
export interface ReferredLeg {
  snapshot(): unknown;
  /** None, where it can only be ended. */
  readonly session?: Session | null;
}

type ReferCommand = Extract<LegCommand, { readonly type: 'accept-refer' | 'refuse-refer' | 'report-refer' }>;

export class Referrals {
  readonly #options: ReferralsOptions;
  readonly #events: EventAgent;
  readonly #open = new Map<string, IncomingRefer>();
  /** Of an earlier process, whose REFERs nobody has told about. */
  readonly #left = new Set<LegId>();

  constructor(options: ReferralsOptions) {
    this.#options = options;
    this.#events = new EventAgent({ ...options.agent.options, packages: ['refer'] });
  }

  sessionOf(legId: LegId): Session | undefined {
    return this.#options.legs.get(legId)?.session ?? undefined;
  }

  /** The Call-ID of a leg's dialog. */
  sipCallIdOf(legId: LegId): string | undefined {
    return this.sessionOf(legId)?.callId;
  }

  /** False: the request is none of REFER's. */
  receive(legId: LegId, session: Session, transaction: ServerTransaction): boolean {
    const { method, request } = transaction;
    if (method === 'REFER') {
      this.#refer(legId, session, transaction);
      return true;
    }
    if (method !== 'SUBSCRIBE' && method !== 'NOTIFY') return false;
    if (!this.#events.receiveIn(session, transaction)) transaction.respond(buildResponse(request, 481));
    return true;
  }

  /** A leg of an earlier process goes on. */
  restored(legId: LegId): void {
    this.#left.add(legId);
  }

  perform(command: ReferCommand): void {
    const key = keyOf(command);
    const refer = this.#open.get(key);
    if (command.type === 'accept-refer') refer?.accept();
    else if (command.type === 'refuse-refer') {
      const { status, reason } = refusalOf(command.cause);
      refer?.refuse(status, reason);
      this.#open.delete(key);
    } else this.#report(command, refer);
  }

  #report(command: Extract<ReferCommand, { type: 'report-refer' }>, refer: IncomingRefer | undefined): void {
    const { legId, referId, outcome } = command;
    if (outcome.kind === 'progress') {
      refer?.progress(outcome.status);
      return;
    }
    const status = outcome.kind === 'succeeded' ? 200 : statusFor(outcome.cause);
    this.#open.delete(keyOf(command));
    if (refer !== undefined) {
      refer.finish(status);
      return;
    }
    const session = this.#left.delete(legId) ? this.sessionOf(legId) : undefined;
    if (session !== undefined) new ReferReport(this.#events, { session, id: referId }, () => undefined).finish(status);
  }

  #refer(legId: LegId, session: Session, transaction: ServerTransaction): void {
    const { post, onReferral } = this.#options;
    const refer = IncomingRefer.take(transaction, { events: this.#events, session });
    if (refer === undefined) return;
    const wanted = this.#wanted(refer);
    if ('reason' in wanted) {
      refer.refuse(403, wanted.reason);
      return;
    }
    const referral = { legId, referId: refer.id, ...wanted };
    this.#open.set(keyOf(referral), refer);
    post(() => onReferral(referral));
  }

  #wanted({ referTo }: IncomingRefer): Omit<Referral, 'legId' | 'referId'> | { readonly reason: string } {
    const { uri, method, replaces } = referTo;
    if (method !== 'INVITE') return { reason: 'Only INVITE Is Referred To' };
    const to: Party = partyOfUri(uri, '');
    const isSecure = uri.kind === 'sip' && uri.scheme === 'sips';
    if (replaces !== undefined) {
      // RFC 3891 §3: to-tag is the tag of who gets the INVITE, which is us.
      const { callId, toTag, fromTag } = replaces;
      const placeLegId = this.#legInDialog({ callId, localTag: toTag, remoteTag: fromTag });
      return placeLegId === undefined
        ? { reason: 'No Such Call To Replace' }
        : { to, placeLegId, isSecure, domainOf: null };
    }
    if (uri.kind === 'tel') return { to, placeLegId: null, domainOf: null };
    const domainOf = this.#tenantOf(to.host);
    if (domainOf === undefined || to.user === '') return { reason: 'No Transfer To Other Domains' };
    return { to, placeLegId: null, isSecure, domainOf };
  }

  /** Early dialogs too. */
  #legInDialog(dialog: DialogId): LegId | undefined {
    const { agent, legs } = this.#options;
    const session = agent.sessionIn(dialog);
    if (session === undefined) return undefined;
    for (const [legId, leg] of legs) if (leg.session === session) return legId;
    return undefined;
  }

  #tenantOf(host: string): TenantId | undefined {
    const { directory, isOwnHost } = this.#options;
    return directory.findDomain(host, isOwnHost(host))?.tenant;
  }
}

function keyOf({ legId, referId }: Pick<Referral, 'legId' | 'referId'>): string {
  return `${legId} ${referId}`;
}

/** RFC 5057 §5.1: in a dialog these would say that the dialog, or the call in it, is lost. */
const endsMore: ReadonlySet<number> = new Set([404, 405, 408, 410, 416, 480, 481, 482, 484, 485, 489, 501, 502, 604]);

/** What a REFER is refused with: the phone's call goes on whatever it is, and the phrase says why. */
function refusalOf(cause: EndCause): { readonly status: number; readonly reason: string } {
  const status = statusFor(cause);
  return { status: endsMore.has(status) ? 403 : status, reason: reasonPhrase(status) };
}
