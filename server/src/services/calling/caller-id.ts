/**
 * Who is shown to whom, in one place: what a called phone or trunk sees of the caller, and what the caller is told of who answers (RFC 3323, RFC 3325). The edge
 * has read who calls and what is to be hidden; here that meets the settings of the peer, and the edge writes it down.
 *
 * A phone is told by P-Asserted-Identity only what may be shown; a trusted trunk also who it is that hides, with the wish (RFC 3325 §7).
 */
import type { UserId } from '#base/ids';
import { anonymousParty, type IncomingCall, type Party, type ToldIdentity } from '#engine/calls';
import type { Device, DirectoryViews } from '#services/directory';
import { type Trunk, type TrunkCallerId, usualCallerId } from '#services/trunks';

/** What of a call says who calls. */
export type Caller = Pick<IncomingCall, 'tenantId' | 'origin' | 'from' | 'identity'>;

export interface Shown {
  readonly from: Party;
  readonly told?: ToldIdentity;
}

/** RFC 3323 §4.2, RFC 3325 §9.3. */
export function isHidden({ identity }: Pick<IncomingCall, 'identity'>): boolean {
  return identity !== undefined && (identity.privacy.includes('id') || identity.privacy.includes('user'));
}

function isAsserted({ origin, identity }: Caller): boolean {
  return identity?.isAsserted ?? origin.kind === 'user';
}

export function shownToDevice(call: Caller, device: Device | undefined): Shown {
  if (isHidden(call)) return { from: anonymousParty };
  const { from } = call;
  if (device?.assertedIdentity !== true || !isAsserted(call)) return { from };
  return { from, told: { party: call.identity?.party ?? from, privacy: nothing } };
}

const nothing: readonly string[] = [];

export function shownToTrunk(directory: DirectoryViews, call: Caller, trunk: Trunk): Shown {
  const { callerId = usualCallerId, credentials } = trunk;
  const caller = outsideParty(directory, call, callerId);
  const privacy = wishOf(call.identity?.privacy ?? nothing);
  const hidden = isHidden(call);
  const mayKnow = callerId.trusted && isAsserted(call);
  const isInFrom = callerId.to === 'from' || credentials === null;
  const account = isInFrom ? caller : { displayName: '', user: credentials.username, host: caller.host };
  const from = hidden ? anonymousParty : account;
  const party = mayKnow || (!hidden && !isInFrom) ? caller : null;
  return party === null && privacy.length === 0 ? { from } : { from, told: { party, privacy } };
}

/** What is done here already is asked of nobody else (RFC 3323 §5.1): what is left is to keep the asserted identity, or to hide nothing. */
function wishOf(privacy: readonly string[]): readonly string[] {
  if (privacy.includes('none')) return ['none'];
  const hides = privacy.includes('id') || privacy.includes('user');
  if (!hides) return nothing;
  return privacy.includes('critical') ? ['id', 'critical'] : ['id'];
}

/** The caller with a number that can be called from outside: the one it chose, its first, the main number. */
function outsideParty(directory: DirectoryViews, call: Caller, callerId: TrunkCallerId): Party {
  const party = call.identity?.party ?? call.from;
  const user = formatNumber(callerId.format, numberOf(directory, call, { party, mainNumber: callerId.mainNumber }));
  return user === party.user ? party : { ...party, user };
}

function numberOf(
  directory: DirectoryViews,
  { origin, tenantId }: Caller,
  { party, mainNumber }: { readonly party: Party; readonly mainNumber: string },
): string {
  if (origin.kind !== 'user' || party.user.startsWith('+')) return party.user;
  const [own] = directory.numbersOf(tenantId, origin.userId);
  return own ?? (mainNumber === '' ? party.user : mainNumber);
}

function formatNumber(format: TrunkCallerId['format'], number: string): string {
  if (format === 'no-plus') return number.replace(/^\+/, '');
  // An extension has no country code.
  return format === 'plus' ? number.replace(/^(?:00)?(?=[1-9][0-9]{6,}$)/, '+') : number;
}

/** Whether the caller is told by P-Asserted-Identity who has answered. */
export function isCallerTold(callerTrunk: Trunk | undefined, callerDevice: Device | undefined): boolean {
  return callerTrunk?.callerId?.trusted === true || callerDevice?.assertedIdentity === true;
}

export function answeredByUser(
  directory: DirectoryViews,
  call: Caller,
  to: { user: UserId; party: Party },
): ToldIdentity {
  const displayName = directory.user(call.tenantId, to.user)?.body.displayName ?? '';
  return { party: { ...to.party, displayName }, privacy: nothing };
}

export function answeredOutside(party: Party): ToldIdentity {
  return { party, privacy: nothing };
}
