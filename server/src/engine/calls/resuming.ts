/**
 * What a fresh process makes of a call that the one before has left. A call whose parties talk goes on, without the change of media that was under way:
 * who wished it will wish it again. Everything else is ended, and whoever is still there is told.
 */
import type { LegId } from '#base/ids';
import type { CallContext } from './call-context.ts';
import {
  type CallState,
  callerLeg,
  findLeg,
  isAlive,
  isDirect,
  joinedLeg,
  type LegState,
  noteHandover,
  transferOf,
} from './call-state.ts';
import { rollBack } from './describing.ts';
import { type EndCause, endCause } from './end-cause.ts';
import { closeLeg, endCall, endLeg } from './ending.ts';
import type { Transfer } from './handover.ts';
import { isBeingAnchored, stayDirect } from './media-plan.ts';
import { tellUntold } from './reoffering.ts';

export interface LeftCall {
  /** Whether the edge has the leg again. */
  readonly hasLeg: (legId: LegId) => boolean;
  /** And in a dialog to go on with: not one whose 2xx has yet to go out, which can only be ended. */
  readonly hasDialog: (legId: LegId) => boolean;
  /** Its session: runs in an engine, has ended there by itself, or no engine knows of it. */
  readonly media: 'runs' | 'ended' | 'gone';
  /** The last packet that the engine saw; null: unknown. */
  readonly lastRtpUtcMs: number | null;
  /** When the process before was last known to live. */
  readonly lastKnownUtcMs: number;
}

export function resumeCall(ctx: CallContext, call: CallState, left: LeftCall): boolean {
  call.media.lastRtpUtcMs = left.lastRtpUtcMs ?? call.media.lastRtpUtcMs;
  if (isBeingAnchored(call)) stayDirect(call);
  else if (!isDirect(call) && left.media !== 'runs') call.media.state = 'lost';
  for (const leg of call.legs) {
    leg.reoffer = null;
    rollBack(leg);
  }
  const transfer = transferOf(call);
  const goesOn = isTalking(call, left);
  const cause = call.cause ?? whyNot(call, left);
  if (!goesOn) call.overUtcMs = call.media.lastRtpUtcMs ?? left.lastKnownUtcMs;
  for (const leg of call.legs) {
    if (leg.phase === 'ended') continue;
    if (!left.hasLeg(leg.legId)) closeLeg(ctx, call, leg, cause);
    else if (leg.phase === 'ending') ctx.leg(leg.edge, { type: 'end', legId: leg.legId, cause: leg.cause ?? cause });
    // It came to take another's place, and had not taken it.
    else if (goesOn && leg !== callerLeg(call) && joinedLeg(call, leg) === undefined) endLeg(ctx, leg, cause);
  }
  if (transfer !== null) giveUpTransfer(ctx, call, transfer);
  if (!goesOn) endCall(ctx, call, cause);
  else tellUntold(ctx, call);
  return goesOn;
}

/** The call that it was to lead to was not answered, and so is ended. Who asked is told, and talks on if it is still there. */
function giveUpTransfer(ctx: CallContext, call: CallState, { byLegId, referId }: Transfer): void {
  const by = findLeg(call, byLegId);
  noteHandover(call, { transfer: null });
  if (by === undefined || !isAlive(by)) return;
  const outcome = { kind: 'failed', cause: endCause('control-restarted') } as const;
  ctx.leg(by.edge, { type: 'report-refer', legId: byLegId, referId, outcome });
}

function isTalking(call: CallState, left: LeftCall): boolean {
  const isThere = (leg: LegState | undefined): boolean =>
    leg !== undefined && isAlive(leg) && (leg.phase === 'up' || leg.phase === 'answered') && left.hasDialog(leg.legId);
  const caller = callerLeg(call);
  if (call.phase !== 'up' || !(isDirect(call) || left.media === 'runs') || !isThere(caller)) return false;
  return call.plan.kind === 'serve' || isThere(joinedLeg(call, caller));
}

function whyNot(call: CallState, left: LeftCall): EndCause {
  const isUp = call.phase === 'up';
  if (isUp && left.media === 'ended')
    return endCause('media-timeout', { detail: 'nothing was heard from either party while the server was away' });
  if (isUp && left.media === 'gone')
    return endCause('media-lost', { detail: 'the media process that carried the call has ended' });
  return endCause('control-restarted', { detail: isUp ? 'its dialogs were not stored' : 'it was not yet answered' });
}
