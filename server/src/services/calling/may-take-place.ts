/**
 * Who may take the place of a leg (RFC 3891 §3 leaves that to whoever gets the INVITE): a user that of an own device; of a colleague's only while it rings, and where the
 * tenant lets it. Nobody from outside.
 */
import type { DeviceId, UserId } from '#base/ids';
import { type CallState, type EndCause, endCause, type IncomingCall, type LegState, originOf } from '#engine/calls';
import type { DirectoryViews } from '#services/directory';

/** Null: it may. */
export function placeForbidden(
  directory: DirectoryViews,
  { tenantId, origin }: IncomingCall,
  { call, leg }: { readonly call: CallState; readonly leg: LegState },
): EndCause | null {
  if (origin.kind !== 'user') return endCause('forbidden', { detail: 'a trunk may not take over a call' });
  // Of another tenant not even its being there is told.
  if (call.tenantId !== tenantId) return endCause('declined', { detail: 'there is no such call' });
  const owner = ownerOf(directory, call, leg);
  if (owner === origin.userId) return null;
  const isPickUp = call.phase === 'dialing' && owner !== undefined;
  if (isPickUp && directory.tenant(tenantId)?.body.pickUp === 'anyone') return null;
  return endCause('forbidden', { detail: `the call is of ${leg.party.user}` });
}

/** Whose device it is; undefined: a trunk's, or nobody's any more. */
function ownerOf(directory: DirectoryViews, call: CallState, leg: LegState): UserId | undefined {
  const { destination } = leg;
  if (destination?.kind === 'trunk') return undefined;
  if (destination !== null) {
    const device = directory.device(call.tenantId, destination.deviceId ?? ('' as DeviceId))?.body;
    return device?.user ?? userAt(directory, destination.aor);
  }
  const origin = originOf(call, leg);
  return origin?.kind === 'user' ? origin.userId : undefined;
}

function userAt(directory: DirectoryViews, aor: string): UserId | undefined {
  const at = aor.lastIndexOf('@');
  return directory.findAddress(aor.slice(0, at), aor.slice(at + 1))?.user;
}
