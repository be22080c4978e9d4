/** A call that has come in: begun and decided; or, where it is to take the place of a leg (RFC 3891), that leg's call goes on with it. */
import type { CallEngine, CallState, EndCause, IncomingCall, Replacing } from '#engine/calls';
import type { DirectoryViews } from '#services/directory';
import type { Calling } from './calling.ts';
import { placeForbidden } from './may-take-place.ts';

export interface ReceiveCallOptions {
  readonly engine: CallEngine;
  readonly calling: Calling;
  readonly directory: DirectoryViews;
  /** Which call it is, before anything is done about it. */
  readonly onKnown: (call: CallState) => void;
}

export function receiveCall(options: ReceiveCallOptions, incoming: IncomingCall): void {
  const { engine, calling, onKnown } = options;
  const { replaces } = incoming;
  const refusal = replaces === undefined ? null : takePlace(options, incoming, replaces);
  if (refusal === 'taken') return;
  const call = engine.begin(incoming);
  onKnown(call);
  engine.carryOut(call, refusal === null ? calling.decide(incoming) : { kind: 'refuse', cause: refusal });
}

/** A refused attempt is a call of its own, with its own record. */
function takePlace(options: ReceiveCallOptions, incoming: IncomingCall, replacing: Replacing): EndCause | 'taken' {
  const { engine, directory, onKnown } = options;
  const found = engine.replaceable(replacing);
  if ('cause' in found) return found.cause;
  const forbidden = placeForbidden(directory, incoming, found);
  if (forbidden !== null) return forbidden;
  onKnown(found.call);
  engine.takePlace(found.call, incoming, replacing);
  return 'taken';
}
