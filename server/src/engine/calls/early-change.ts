/**
 * A change of media before the answer (RFC 3311 §5.2, RFC 3262 §5), of the caller or of a device that rings: answered here with what is being heard, since nobody has agreed to
 * anything yet on the other side.
 *
 * Leaves out: telling the other side. It has our address whatever changes here; a hold before the answer is told to it with the next change.
 * And a call whose media goes straight from phone to phone: nothing of ours is heard there, so the change is refused, and wished again after the answer.
 */
import type { CallContext } from './call-context.ts';
import { type CallState, callerLeg, heardLeg, isAlive, type LegState } from './call-state.ts';
import { answerHere } from './describing.ts';
import { endCause } from './end-cause.ts';
import { joinLegs } from './joining.ts';
import type { LegEvent } from './leg-port.ts';

export function changeEarly(
  ctx: CallContext,
  call: CallState,
  leg: LegState,
  { description, source }: Extract<LegEvent, { type: 'reoffered' }>,
): void {
  // Of several forks of one device only that is carried whose sound is heard.
  const isOther = leg.earlySource !== null && source !== undefined && source !== leg.earlySource;
  const answer = description === null || isOther || !isAlive(leg) ? undefined : answerHere(leg, description);
  if (answer?.ok !== true) {
    const cause = answer?.cause ?? endCause('not-acceptable', { status: 488, detail: 'nothing of this leg is heard' });
    ctx.leg(leg.edge, { type: 'refuse-reoffer', legId: leg.legId, cause });
    return;
  }
  ctx.leg(leg.edge, { type: 'accept-reoffer', legId: leg.legId, description: answer.description });
  const heard = heardLeg(call);
  if (heard !== undefined && (leg === callerLeg(call) || leg === heard)) joinLegs(ctx, call, heard, 'early');
}
