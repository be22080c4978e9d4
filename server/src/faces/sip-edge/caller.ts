/**
 * Who calls, read from a request whose origin is known: what may be shown of them, who they are in truth, what is to be hidden (RFC 3323, RFC 3325). Who is shown what
 * is decided by #services/calling.
 *
 * A user is who its password proves. What it prefers to be called by (P-Preferred-Identity) counts among its own addresses and numbers, and is needed where its From says
 * nobody. A trunk that is trusted vouches for its callers (P-Asserted-Identity); one that is not only repeats what they say.
 */
import {
  hidesIdentity,
  isAnonymous,
  isPrivacyImpossible,
  type NameAddr,
  parsePrivacy,
  parseRemotePartyId,
  readAssertedIdentity,
  type SipRequest,
  type Uri,
} from '@ringdown/sip';
import { anonymousParty, type CallerIdentity, type Crossing, type IncomingCall, type Party } from '#engine/calls';
import type { DirectoryViews } from '#services/directory';
import { type Trunk, usualCallerId } from '#services/trunks';

export interface ReadCaller {
  readonly from: Party;
  readonly identity?: CallerIdentity;
}

/** RFC 3323 §5: the caller would rather have no call than one without what nobody here can do. */
export function asksImpossible(request: SipRequest): boolean {
  return isPrivacyImpossible(parsePrivacy(request.headers('Privacy')));
}

interface OfUser extends Pick<IncomingCall, 'tenantId'> {
  readonly directory: DirectoryViews;
  readonly isOwnHost: (host: string) => boolean;
  readonly origin: IncomingCall['origin'] & { readonly kind: 'user' };
}

export function callerOfUser(request: SipRequest, of: OfUser): ReadCaller {
  const privacy = parsePrivacy(request.headers('Privacy'));
  const preferred = readAssertedIdentity(request, 'P-Preferred-Identity');
  const saysNobody = isAnonymous(request.from);
  if (privacy.length === 0 && preferred === undefined && !saysNobody) return { from: partyOf(request.from) };
  const chosen = [preferred?.tel, preferred?.sip].find((address) => address !== undefined && isOwn(address.uri, of));
  const party = chosen !== undefined ? partyAt(chosen, of) : saysNobody ? firstOf(of) : partyOf(request.from);
  const wish = saysNobody && !hidesIdentity(privacy) && !privacy.includes('none') ? [...privacy, 'id'] : privacy;
  const from = hidesIdentity(wish) || (saysNobody && chosen === undefined) ? anonymousParty : party;
  return { from, identity: { party, isAsserted: true, privacy: wish } };
}

/** One of its addresses of record, or a public number that leads to it. */
export function isOwn(uri: Uri, { directory, isOwnHost, tenantId, origin }: OfUser): boolean {
  const user = userOf(uri);
  if (user.startsWith('+') && directory.numbersOf(tenantId, origin.userId).includes(user)) return true;
  const domain = uri.kind === 'sip' ? directory.findDomain(uri.host, isOwnHost(uri.host)) : undefined;
  return domain !== undefined && directory.ownsAddress(tenantId, origin.userId, user, domain.name);
}

/** A number has no host of its own: the user's. */
function partyAt(address: NameAddr, of: OfUser): Party {
  const party = partyOf(address);
  return party.host === '' ? { ...party, host: firstOf(of).host } : party;
}

function firstOf({ directory, tenantId, origin }: OfUser): Party {
  const [aor = ''] = directory.addressesOf(tenantId, origin.userId);
  const at = aor.lastIndexOf('@');
  const displayName = directory.user(tenantId, origin.userId)?.body.displayName ?? '';
  return { displayName, user: aor.slice(0, at), host: aor.slice(at + 1) };
}

export function callerOfTrunk(request: SipRequest, { callerId = usualCallerId }: Trunk): ReadCaller {
  const privacy = parsePrivacy(request.headers('Privacy'));
  const asserted = callerId.trusted ? assertedBy(request, callerId.from) : undefined;
  const wish = asserted?.isHidden === true && !hidesIdentity(privacy) ? [...privacy, 'id'] : privacy;
  if (asserted === undefined && wish.length === 0) return { from: partyOf(request.from) };
  const party = partyOf(asserted?.address ?? request.from);
  const hidden = hidesIdentity(wish) || (asserted !== undefined && isAnonymous(request.from) && !wish.includes('none'));
  const said = hidden && !hidesIdentity(wish) ? [...wish, 'id'] : wish;
  return {
    from: hidden ? anonymousParty : party,
    identity: { party, isAsserted: asserted !== undefined, privacy: said },
  };
}

interface Asserted {
  readonly address: NameAddr;
  readonly isHidden: boolean;
}

function assertedBy(request: SipRequest, header: 'pai' | 'rpid' | 'from'): Asserted | undefined {
  if (header === 'from') return { address: request.from, isHidden: false };
  if (header === 'pai') {
    const identity = readAssertedIdentity(request);
    const address = identity?.sip ?? identity?.tel;
    return address === undefined ? undefined : { address, isHidden: false };
  }
  const calling = request
    .headers('Remote-Party-ID')
    .flatMap((value) => parseRemotePartyId(value) ?? [])
    .find(({ party }) => party === 'calling');
  if (calling === undefined) return undefined;
  return { address: calling.address, isHidden: calling.privacy.some((word) => word === 'full' || word === 'uri') };
}

/** RFC 3323 §4.2 `user`: what the caller says of itself beside its name stays here, too. */
export function withoutOwnWords(crossing: Crossing, identity: CallerIdentity | undefined): Crossing {
  if (identity === undefined || !hidesIdentity(identity.privacy)) return crossing;
  return { ...crossing, headers: crossing.headers.filter(([name]) => !ownWords.has(name)) };
}

const ownWords: ReadonlySet<string> = new Set(['Call-Info', 'Subject', 'Reply-To', 'Organization']);

export function userOf(uri: Uri): string {
  if (uri.kind === 'sip') return uri.user ?? '';
  return uri.kind === 'tel' ? uri.digits : '';
}

export function partyOf(address: NameAddr): Party {
  return partyOfUri(address.uri, address.displayName);
}

export function partyOfUri(uri: Uri, displayName: string): Party {
  return { displayName: shown(displayName), user: userOf(uri), host: uri.kind === 'sip' ? uri.host : '' };
}

/** A name is for people: what would move their cursor, end their line or their string is no part of it. */
function shown(name: string): string {
  return /\p{Cc}/u.test(name) ? name.replace(/\p{Cc}/gu, '') : name;
}
