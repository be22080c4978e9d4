/**
 * A call that is up and that nothing has happened to for a while: descriptions become text, what was only of use before the answer goes, lists become as
 * long as what they hold. Whatever happens next finds a whole call: descriptions are read again where somebody asks for them.
 */
import { KeptDescription, keepDescription, type LegMedia, type LegStream, readKept } from '#engine/media';
import type { CallState, LegState } from './call-state.ts';

/** @param restLeg lets the edge's part of a leg rest (LegEdge.rest). False: it is not up, or a change of media is under way */
export function restCall(call: CallState, restLeg: (leg: LegState) => string | null): boolean {
  if (call.phase !== 'up' || call.legs.some(isBusy)) return false;
  call.legs = call.legs.slice();
  for (const leg of call.legs) {
    leg.joins = leg.joins.slice();
    const { media } = leg;
    media.streams = media.streams.map(restStream);
    const heard = restLeg(leg);
    media.local = leg.phase === 'ended' ? null : keepDescription(media.local);
    media.remote = leg.phase === 'ended' ? null : keepDescription(media.remote, heard);
    forgetPending(media);
  }
  if (call.plan.kind === 'dial') call.plan = dialled;
  return true;
}

/** The steps of a plan end with the answer. */
const dialled: CallState['plan'] = { kind: 'dial', steps: [] };

/** Makes it as it was: a verb is going to read it. */
export function wakeCall(call: CallState): void {
  for (const { media } of call.legs) {
    media.local = readKept(media.local);
    media.remote = readKept(media.remote);
  }
}

export function isAtRest(call: CallState): boolean {
  return call.legs.some(({ media }) => media.local instanceof KeptDescription);
}

/** The engine has told the id of a stream, and mostly that of its transport, in texts of their own. */
function restStream(stream: LegStream | null): LegStream | null {
  if (stream?.local == null) return stream;
  const { streamId, local } = stream;
  const transportId = local.transportId === streamId ? streamId : local.transportId;
  return { ...stream, local: { ...local, streamId, transportId } };
}

function isBusy({ phase, reoffer }: LegState): boolean {
  return (phase !== 'up' && phase !== 'ended') || reoffer !== null;
}

/** Of a call that is over only the record is left to write, and no description, stream or step is in it. */
export function forgetDescriptions(call: CallState): void {
  if (call.plan.kind === 'dial') call.plan = dialled;
  for (const { media } of call.legs) {
    media.streams = [];
    media.local = null;
    media.remote = null;
    media.lines = null;
    forgetPending(media);
  }
}

/** Of a leg that is up nothing is pending; a leg that has only rung has left what it was offered. */
function forgetPending(media: LegMedia): void {
  media.pendingLocal = null;
  media.pendingRemote = null;
  media.pendingLines = null;
}
