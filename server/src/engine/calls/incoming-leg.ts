/** The leg of a party that has called: of a new call, or of one in which it takes a place. */
import type { LegState } from './call-state.ts';
import { callerMedia } from './describing.ts';
import type { IncomingCall } from './leg-port.ts';

/** @param codecs what may be spoken with it */
export function incomingLeg(incoming: IncomingCall, codecs: readonly string[]): LegState {
  const { sessionId } = incoming.crossing;
  return {
    legId: incoming.legId,
    edge: incoming.edge,
    role: 'caller',
    party: incoming.from,
    destination: null,
    phase: 'new',
    reoffer: null,
    step: -1,
    earlySource: null,
    media: callerMedia(incoming.legId, incoming.offer, codecs),
    ...(sessionId === undefined ? {} : { sessionId }),
    held: false,
    startedUtcMs: incoming.receivedUtcMs,
    rangUtcMs: null,
    answeredUtcMs: null,
    endedUtcMs: null,
    cause: null,
    joins: [],
    quality: null,
  };
}
