/** The Replaces of an INVITE (RFC 3891), said in legs: which of ours it names. The engine ends that leg in its own time. */
import type { Session } from '@ringdown/sip';
import type { IncomingCall } from '#engine/calls';
import type { LeftLeg } from './left-leg.ts';
import { SipLeg } from './sip-leg.ts';
import type { WaitingLeg } from './waiting-leg.ts';

const none = {};

export function legToReplace(
  session: Session,
  legs: Iterable<SipLeg | LeftLeg | WaitingLeg>,
): Pick<IncomingCall, 'replaces'> | 'unknown' {
  if (session.replaced === null) return none;
  const replaced = session.takeReplaced();
  for (const leg of legs)
    if (leg instanceof SipLeg && leg.session === replaced?.session)
      return { replaces: { legId: leg.legId, isEarlyOnly: replaced.isEarlyOnly } };
  return 'unknown';
}
