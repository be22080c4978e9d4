/** Admin verbs of the calls that are up, and of the server's state. */
import { endCause } from '#engine/calls';
import type { Telephony } from '../telephony.ts';
import { text } from './argument.ts';
import type { VerbRows } from './verb-rows.ts';

export function callVerbs(telephony: Telephony): VerbRows {
  return [
    [
      'calls.list',
      () =>
        [...telephony.engine.calls()].map(({ callId, from, to, phase, createdUtcMs, legs }) => ({
          callId,
          from: from.user,
          to: to.user,
          phase,
          createdUtcMs,
          legs: legs.map((leg) => ({
            legId: leg.legId,
            party: leg.party.user,
            phase: leg.phase,
            codec: leg.media.codec,
            quality: leg.quality,
          })),
        })),
    ],
    [
      'calls.hangup',
      (args) => telephony.hangUp(text(args, 'call'), endCause('normal-clearing', { detail: 'ended by the operator' })),
    ],
    ['status', () => ({ pid: process.pid, calls: telephony.callCount, media: telephony.media.hellos() })],
  ];
}
