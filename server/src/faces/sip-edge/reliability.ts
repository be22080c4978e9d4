/** Whether provisionals go reliably between a peer and us (RFC 3262): the setting of its device or trunk, and what its INVITE says. */
import type { Reliability, SipRequest } from '@ringdown/sip';
import type { DeviceId, TenantId, TrunkId } from '#base/ids';
import type { DirectoryViews } from '#services/directory';
import type { Trunks } from '#services/trunks';

export interface ReliablePeer {
  readonly tenantId: TenantId;
  readonly deviceId?: DeviceId | undefined;
  readonly trunkId?: TrunkId | undefined;
}

export function reliabilityOf(
  { directory, trunks }: { readonly directory: DirectoryViews; readonly trunks: Trunks },
  { tenantId, deviceId, trunkId }: ReliablePeer,
): Reliability {
  const peer =
    trunkId === undefined
      ? deviceId === undefined
        ? undefined
        : directory.device(tenantId, deviceId)
      : trunks.views.get(tenantId, trunkId);
  return peer?.body.reliability ?? 'supported';
}

export interface ReliableRinging {
  /** What our provisionals to this INVITE are. */
  readonly isReliable: boolean;
  /** Undefined: the INVITE is welcome. 420: it demands what this peer is not to have; 421: it lacks what this peer is to have (RFC 3261 §21.4.15). */
  readonly refusal?: { readonly status: 420 | 421; readonly headers: readonly (readonly [string, string])[] };
}

export function ringingFor(request: SipRequest, reliability: Reliability): ReliableRinging {
  const isRequired = request.hasToken('Require', '100rel');
  const isKnown = isRequired || request.hasToken('Supported', '100rel');
  if (reliability === 'off' && isRequired)
    return { isReliable: false, refusal: { status: 420, headers: [['Unsupported', '100rel']] } };
  if (reliability === 'required' && !isKnown)
    return { isReliable: false, refusal: { status: 421, headers: [['Require', '100rel']] } };
  return { isReliable: isKnown && reliability !== 'off' };
}
