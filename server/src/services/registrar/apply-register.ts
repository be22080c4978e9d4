/**
 * RFC 3261 §10.3 steps 6 and 7 as a pure function: what a REGISTER makes of the bindings of one AOR, all or nothing. With the
 * basics of RFC 5626 §6 (instance and reg-id replace) and RFC 3327 (Path is kept). Leaves out: who may register (steps 1-5, the
 * edge and the directory).
 */
import type { Binding, RegisterContact, RegisterRequest } from './binding.ts';

export interface RegisterPolicy {
  readonly minExpiresSec: number;
  readonly maxExpiresSec: number;
  readonly defaultExpiresSec: number;
  /** Most that a phone behind NAT gets over UDP, so that its refreshes keep the NAT open; 0: no such bound. */
  readonly natUdpExpiresSec: number;
  /** Phones that can be woken by a push (RFC 8599) stay registered without a flow. Default: no. */
  readonly keepsSleepers?: boolean;
  /** Per AOR. A new one beyond it takes the place of the one not refreshed for longest. */
  readonly maxContacts: number;
}

export interface Moment {
  readonly nowMs: number;
  readonly nowUtcMs: number;
}

export type BadRegister =
  | 'wildcard-beside-contacts'
  | 'wildcard-without-expires-0'
  | 'several-reg-ids'
  | 'too-many-contacts'
  | 'contact-twice';

export type ApplyOutcome =
  | { readonly kind: 'ok'; readonly bindings: readonly Binding[]; readonly changes: readonly BindingChange[] }
  /** 423 with Min-Expires. */
  | { readonly kind: 'too-brief'; readonly minExpiresSec: number }
  /** 400. */
  | { readonly kind: 'bad-request'; readonly why: BadRegister }
  /** 500: the CSeq is not above the one that made the binding, within the same Call-ID. */
  | { readonly kind: 'out-of-order' };

export interface BindingChange {
  readonly what: 'registered' | 'refreshed' | 'removed' | 'displaced';
  readonly binding: Binding;
}

/** Bindings that have expired by `moment` count as gone. The result is in the order of {@link orderBindings}. */
export function applyRegister(
  standing: readonly Binding[],
  request: RegisterRequest,
  policy: RegisterPolicy,
  moment: Moment,
): ApplyOutcome {
  const isLive = (binding: Binding) => binding.expiresAtMs > moment.nowMs;
  const live = standing.every(isLive) ? standing : standing.filter(isLive);
  if (request.contacts === 'all') return removeAll(live, request);
  const refusal = checkContacts(request.contacts, request, policy);
  if (refusal !== undefined) return refusal;

  let bindings: readonly Binding[] = live;
  const changes: BindingChange[] = [];
  for (const contact of request.contacts) {
    const before = findBinding(bindings, contact, request);
    if (before !== undefined && isStale(before, request)) return { kind: 'out-of-order' };
    const expiresSec = wantedExpires(contact, request, policy);
    const others = before === undefined ? bindings : bindings.filter((binding) => binding !== before);
    if (expiresSec === 0) {
      bindings = others;
      if (before !== undefined) changes.push({ what: 'removed', binding: before });
      continue;
    }
    const binding = makeBinding(contact, request, grantExpires(expiresSec, { contact, request, policy }), moment);
    bindings = [binding, ...others];
    changes.push({ what: before === undefined ? 'registered' : 'refreshed', binding });
  }
  return { kind: 'ok', ...displace(bindings, changes, policy.maxContacts) };
}

/** By q, higher first (RFC 3261 §10.2.1.2); the order within one q, the latest first, is kept as it comes in. */
export function orderBindings(bindings: readonly Binding[]): readonly Binding[] {
  return bindings.length < 2 ? bindings : [...bindings].sort((a, b) => b.q - a.q);
}

function removeAll(live: readonly Binding[], request: RegisterRequest): ApplyOutcome {
  if (request.expiresSec !== 0) return { kind: 'bad-request', why: 'wildcard-without-expires-0' };
  if (live.some((binding) => isStale(binding, request))) return { kind: 'out-of-order' };
  return { kind: 'ok', bindings: [], changes: live.map((binding) => ({ what: 'removed', binding })) };
}

function checkContacts(
  contacts: readonly RegisterContact[],
  request: RegisterRequest,
  policy: RegisterPolicy,
): ApplyOutcome | undefined {
  if (contacts.some((contact) => contact.uri === '*')) return { kind: 'bad-request', why: 'wildcard-beside-contacts' };
  if (contacts.length > policy.maxContacts) return { kind: 'bad-request', why: 'too-many-contacts' };
  const wanted = contacts.map((contact) => wantedExpires(contact, request, policy));
  // RFC 5626 §6: a REGISTER with a reg-id is over the flow of one contact, and may beside it only take others away.
  if (contacts.length > 1 && contacts.some(isOutbound) && wanted.filter((sec) => sec !== 0).length > 1)
    return { kind: 'bad-request', why: 'several-reg-ids' };
  if (contacts.length > 1) {
    const keys = new Set(contacts.map((contact) => keyOf(contact, request)));
    if (keys.size !== contacts.length) return { kind: 'bad-request', why: 'contact-twice' };
  }
  // RFC 3261 §10.3 step 7: above zero, below an hour and below our minimum.
  const brief = wanted.some((sec) => sec > 0 && sec < 3600 && sec < policy.minExpiresSec);
  return brief ? { kind: 'too-brief', minExpiresSec: policy.minExpiresSec } : undefined;
}

/** RFC 3261 §10.2.1.1: the contact's own parameter, else the Expires header, else our default. */
function wantedExpires(contact: RegisterContact, request: RegisterRequest, policy: RegisterPolicy): number {
  return contact.expiresSec ?? request.expiresSec ?? policy.defaultExpiresSec;
}

interface Granting {
  readonly contact: RegisterContact;
  readonly request: RegisterRequest;
  readonly policy: RegisterPolicy;
}

function grantExpires(wantedSec: number, { contact, request, policy }: Granting): number {
  const granted = Math.min(wantedSec, policy.maxExpiresSec);
  const isLost = request.nat === true && request.flow?.kind === 'udp' && !doesSleep(contact.uri, policy);
  const shortens = isLost && policy.natUdpExpiresSec > 0;
  return shortens ? Math.min(granted, policy.natUdpExpiresSec) : granted;
}

/** Whether a contact is of a phone that a push wakes: it is not lost with its flow. */
export function doesSleep(contact: string, { keepsSleepers }: RegisterPolicy): boolean {
  return keepsSleepers === true && contact.includes(';pn-prid=');
}

/** RFC 5626 §6: reg-id counts only together with an instance. */
function isOutbound(contact: RegisterContact): boolean {
  return contact.instance !== undefined && contact.instance !== '' && (contact.regId ?? 0) > 0;
}

function findBinding(
  bindings: readonly Binding[],
  contact: RegisterContact,
  request: RegisterRequest,
): Binding | undefined {
  if (isOutbound(contact)) {
    const { instance, regId } = contact;
    return bindings.find((binding) => binding.regId === regId && binding.instance === instance);
  }
  const key = keyOf(contact, request);
  return bindings.find((binding) => binding.regId === 0 && binding.contactKey === key);
}

/**
 * Deviation: RFC 3261 §10.3 compares URIs only. Two phones behind two NATs may both be 192.168.1.5:5060 at the same AOR;
 * the public address they came from keeps them apart. The port is left out, since NATs change it.
 */
function keyOf(contact: RegisterContact, request: RegisterRequest): string {
  const key = contact.key ?? contact.uri;
  return request.nat === true && request.flow !== undefined ? `${key} via ${request.flow.remoteAddress}` : key;
}

function isStale(binding: Binding, request: RegisterRequest): boolean {
  return binding.callId === request.callId && request.cseq <= binding.cseq;
}

function makeBinding(contact: RegisterContact, request: RegisterRequest, grantedSec: number, moment: Moment): Binding {
  return {
    contact: contact.uri,
    contactKey: keyOf(contact, request),
    callId: request.callId,
    cseq: request.cseq,
    q: contact.q ?? 1,
    expiresAtMs: moment.nowMs + grantedSec * 1_000,
    grantedSec,
    registeredUtcMs: moment.nowUtcMs,
    instance: contact.instance ?? '',
    regId: isOutbound(contact) ? (contact.regId ?? 0) : 0,
    capabilities: contact.capabilities ?? '',
    path: request.path ?? [],
    userAgent: request.userAgent ?? '',
    device: request.device ?? '',
    nat: request.nat ?? false,
    flow: request.flow,
  };
}

/** Over the limit: those not heard of for longest go, never one of this request. */
function displace(bindings: readonly Binding[], changes: readonly BindingChange[], limit: number) {
  if (bindings.length <= limit) return { bindings: orderBindings(bindings), changes };
  const fresh = new Set(changes.map((change) => change.binding));
  const old = bindings.filter((binding) => !fresh.has(binding)).sort((a, b) => a.registeredUtcMs - b.registeredUtcMs);
  const gone = old.slice(0, bindings.length - limit);
  const left = bindings.filter((binding) => !gone.includes(binding));
  const displaced = gone.map((binding): BindingChange => ({ what: 'displaced', binding }));
  return { bindings: orderBindings(left), changes: [...changes, ...displaced] };
}
