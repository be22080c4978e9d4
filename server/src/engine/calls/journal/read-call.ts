/** The state of a call as it stands in the log: of this schema, or of the one before, brought up to this one. */
import { type CallState, callStateSchema } from '../call-state.ts';

/** Undefined: not the state of a call, or of a schema that this version does not know. */
export function readCall(stored: unknown): CallState | undefined {
  const call = stored as Partial<CallState> | null | undefined;
  if (typeof call !== 'object' || call === null || !Array.isArray(call.legs) || call.legs.length === 0)
    return undefined;
  if (call.schema === callStateSchema) return call as CallState;
  if (call.schema !== callStateSchema - 1) return undefined;
  const { media, ...rest } = call as CallState;
  return { ...rest, schema: callStateSchema, overUtcMs: null, media: { ...media, eventNumber: 0 } };
}
