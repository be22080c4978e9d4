/** #engine/calls: calls, legs and what may be done with them. */
export type { CallEventType, CallSettings } from './call-context.ts';
export { CallEngine, type CallEngineOptions } from './call-engine.ts';
export * from './call-state.ts';
export * from './end-cause.ts';
export { AppendLog, type AppendLogFault, type AppendLogOptions } from './journal/append-log.ts';
export { callShape } from './journal/call-shape.ts';
export { fixedParts, mapOf, type Parts, type Shape } from './journal/difference.ts';
export { readCall } from './journal/read-call.ts';
export type { JournalRecord } from './journal/record.ts';
export * from './leg-port.ts';
export type { LeftCall } from './resuming.ts';
