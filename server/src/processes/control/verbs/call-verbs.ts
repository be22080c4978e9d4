/** Admin verbs of the calls that are up and of those that are over. */
import { type CallId, parseId } from '#base/ids';
import { type CallState, endCause, isDirect } from '#engine/calls';
import type { CdrOutcome } from '#services/cdr';
import { type Args, optionalText, text } from './argument.ts';
import { notFound, onlyTenant } from './by-name.ts';
import type { VerbOptions } from './verb-options.ts';
import type { VerbRows } from './verb-rows.ts';

const outcomes: readonly string[] = ['answered', 'no-answer', 'busy', 'declined', 'cancelled', 'failed'];

export function callVerbs({ truth, telephony }: VerbOptions): VerbRows {
  const { engine, cdrs } = telephony;
  return [
    ['calls.list', () => [...engine.calls()].map(viewOf)],
    [
      'calls.show',
      async (args) => {
        const callId = callIdOf(args);
        const live = engine.find(callId);
        if (live !== undefined) return { isUp: true, ...viewOf(live) };
        const cdr = await telephony.recordOf(onlyTenant(truth), callId);
        if (cdr === undefined) throw notFound('call', callId);
        return { isUp: false, ...cdr };
      },
    ],
    [
      'calls.history',
      (args) => {
        const party = optionalText(args, 'party');
        const outcome = optionalText(args, 'outcome');
        const before = parseId('call', optionalText(args, 'before') ?? '');
        if (outcome !== undefined && !outcomes.includes(outcome)) throw notFound('outcome', outcome);
        return cdrs.list(onlyTenant(truth), {
          filter: {
            ...(party === undefined ? {} : { party }),
            ...(outcome === undefined ? {} : { outcome: outcome as CdrOutcome }),
          },
          ...(before === undefined ? {} : { before }),
          limit: typeof args.limit === 'number' ? args.limit : 20,
        });
      },
    ],
    [
      'calls.hangup',
      (args) => {
        const callId = callIdOf(args);
        const cause = endCause('normal-clearing', { detail: 'ended by the operator' });
        if (!telephony.hangUp(callId, cause)) throw notFound('call that is up', callId);
      },
    ],
  ];
}

function callIdOf(args: Args): CallId {
  const name = text(args, 'call');
  const callId = parseId('call', name);
  if (callId === undefined) throw notFound('call', name);
  return callId;
}

/** A call that is up, as far as an operator wants to see. */
function viewOf(call: CallState) {
  const { callId, from, to, phase, createdUtcMs, legs } = call;
  return {
    callId,
    from: from.user,
    to: to.user,
    phase,
    media: isDirect(call) ? 'direct' : 'relayed',
    createdUtcMs,
    legs: legs.map((leg) => ({
      legId: leg.legId,
      party: leg.party.user,
      phase: leg.phase,
      codec: leg.media.codec,
      quality: leg.quality,
    })),
  };
}
