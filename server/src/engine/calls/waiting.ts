/** One party alone: who was transferring it has hung up, and the one that it is to talk to has not answered yet. It hears that it rings there. */
import type { CallContext } from './call-context.ts';
import { type CallState, findLeg, type LegState, transferOf } from './call-state.ts';
import { endCause } from './end-cause.ts';
import { refuse } from './reoffering.ts';

const ringback = { kind: 'ringback', country: 'us' } as const;

/** @param gone has just ended */
export function waitAlone(ctx: CallContext, call: CallState, gone: LegState): void {
  const transfer = transferOf(call);
  if (transfer === null || transfer.byLegId !== gone.legId || call.phase !== 'up') return;
  const leg = findLeg(call, transfer.legId);
  if (leg === undefined) return;
  // What it wished was to be answered by the one that has gone; it will wish it again.
  if (leg.reoffer === 'theirs' || leg.reoffer === 'theirs-asked')
    refuse(ctx, leg, endCause('not-acceptable', { status: 491, detail: 'it is being transferred' }));
  const voice = leg.media.streams.find((stream) => stream?.kind === 'audio');
  if (voice?.local != null && call.media.state === 'open')
    ctx.media(call, { verb: 'play', streamId: voice.streamId, playId: 'transfer', source: ringback, loop: true });
}
