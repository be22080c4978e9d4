/**
 * Requests outside of dialogs that the server has no business of its own with (MESSAGE, OPTIONS and INFO to a user, methods that nobody here knows): a proxy
 * (RFC 3261 §16) carries them to all registered contacts of the user, by the Path and the flow of each binding. Who may send them to whom is decided as for an
 * INVITE: authenticated, with a From of the sender's own, to users and numbers of its tenant.
 *
 * Leaves out: out by a trunk, which no rule allows yet; keeping a message for who is away.
 */
import {
  anonymousAddress,
  createProxy,
  edit,
  isSips,
  type Proxied,
  type ProxyOptions,
  type ProxyTarget,
  type SipRequest,
  type StatefulProxy,
} from '@ringdown/sip';
import { anonymousParty, type CallPlan, type LegDestination } from '#engine/calls';
import type { Wanted } from '#services/calling';
import { asksImpossible } from './caller.ts';
import { admitOrigin, type IncomingOptions, type Origin, wantedBy } from './incoming.ts';
import { MessageLimits, withinSize } from './message-limits.ts';
import { statusFor } from './status-map.ts';

export interface CarriedRequestsOptions
  extends IncomingOptions,
    Pick<
      ProxyOptions,
      'clock' | 'random' | 'transactions' | 'hasher' | 'locator' | 'flowTo' | 'failedTargets' | 'attemptMs' | 'headers'
    > {
  readonly decide: (wanted: Wanted) => CallPlan;
  /** How a binding is reached; without `targets` by its Contact. */
  readonly targetOf: (destination: LegDestination & { readonly kind: 'binding' }) => ProxyTarget;
  /** MESSAGE of one sender; 0: no limit. Default 120. */
  readonly textMessagesPerMinute?: number;
  /** Of what the server serves itself, for 405. */
  readonly allow: string;
}

/**
 * What the server answers itself, or will: sessions, and the subscriptions and states (SUBSCRIBE, PUBLISH, REFER) that are a server's to keep, not a phone's. Nor
 * NOTIFY, which belongs to a subscription (RFC 6665 §4.1.3): phones obey one that comes from their server unasked, and restart.
 */
const own: ReadonlySet<string> = new Set([
  ...['INVITE', 'ACK', 'CANCEL', 'BYE', 'PRACK', 'UPDATE', 'REGISTER'],
  ...['SUBSCRIBE', 'NOTIFY', 'PUBLISH', 'REFER'],
]);

/** Addressed to somebody, and not in a dialog: what is addressed to the server itself is the server's. */
export function isCarried(request: SipRequest): boolean {
  const uri = request.requestUri;
  const isToSomebody = uri.kind === 'tel' || (uri.kind === 'sip' && uri.user !== undefined);
  return isToSomebody && request.to.tag === undefined && !own.has(request.method);
}

export function carryRequests(options: CarriedRequestsOptions): StatefulProxy {
  const { directory, isOwnHost } = options;
  const limits = new MessageLimits(options.textMessagesPerMinute ?? 120);
  return createProxy({
    ...options,
    isOwn: (host) => isOwnHost(host) || directory.findDomain(host) !== undefined,
    recordRoute: false,
    handlers: { onRequest: (proxied) => carry(options, limits, proxied) },
  });
}

function carry(options: CarriedRequestsOptions, limits: MessageLimits, proxied: Proxied): void {
  const { request, transaction } = proxied;
  const origin = admitOrigin(options, transaction);
  if (origin === undefined) return;
  if (asksImpossible(request)) {
    proxied.respond(500, { reason: 'Privacy Not Possible' });
    return;
  }
  const { tenantId } = origin;
  const waitSec = request.method === 'MESSAGE' ? limits.take(tenantId, origin.origin, options.clock.nowMs()) : null;
  if (waitSec !== null)
    proxied.respond(480, { reason: 'Too Many Messages', headers: [['Retry-After', String(waitSec)]] });
  // What is left of the route leads elsewhere, whatever the Request-URI says.
  else if (request.headers('Route').length > 0) proxied.respond(403, { reason: 'No Relaying To Other Domains' });
  else follow(options, proxied, origin);
}

function follow(options: CarriedRequestsOptions, proxied: Proxied, origin: Origin): void {
  const wanted = wantedBy(options, proxied.request, origin);
  const plan = options.decide(wanted);
  if (plan.kind === 'refuse') proxied.respond(statusFor(plan.cause));
  else if (plan.kind === 'serve') proxied.respond(405, { headers: [['Allow', options.allow]] });
  else {
    const targets = targetsOf(options, plan);
    // RFC 5630 §5.3: what was asked for by SIPS goes to SIPS Contacts only.
    const reached = isSips(proxied.request.uri) ? targets.filter(({ uri }) => isSips(uri)) : targets;
    if (targets.length === 0) {
      proxied.respond(403, { reason: 'Not Out By A Trunk' });
      return;
    }
    const sized = proxied.request.method === 'MESSAGE' ? withinSize(proxied.request, reached) : reached;
    if (sized.length === 0 && reached.length > 0) proxied.respond(513, { reason: 'Message Too Large For UDP' });
    else proxied.forward(sized, { change: (request) => asPassedOn(request, wanted) });
  }
}

/** The groups that would ring one after the other, as values of q. */
function targetsOf(options: CarriedRequestsOptions, plan: CallPlan & { readonly kind: 'dial' }): ProxyTarget[] {
  const { steps } = plan;
  return steps.flatMap(({ targets }, at) =>
    targets.flatMap(({ destination }): ProxyTarget[] =>
      destination.kind === 'binding' ? [{ ...options.targetOf(destination), q: 1 - at / steps.length }] : [],
    ),
  );
}

/**
 * Without credentials, which are for us alone (RFC 3261 §22.3). A word about who it is counts for nothing beside the From of a user, which was proven, and of a trunk only where that
 * is trusted, and nobody hides (RFC 3325 §5, §7). Who hides is nobody in From, too (RFC 3323 §5.3).
 */
function asPassedOn(request: SipRequest, { origin, from, identity }: Wanted): SipRequest {
  const editor = edit(request).removeHeader('Authorization').removeHeader('Proxy-Authorization');
  editor.removeHeader('P-Preferred-Identity');
  const isNobody = from === anonymousParty;
  const isVouchedFor = origin.kind === 'trunk' && identity?.isAsserted === true && !isNobody;
  if (!isVouchedFor) editor.removeHeader('P-Asserted-Identity').removeHeader('Remote-Party-ID');
  const { tag } = request.from;
  if (isNobody) editor.setHeader('From', tag === undefined ? anonymousAddress : `${anonymousAddress};tag=${tag}`);
  return editor.done();
}
