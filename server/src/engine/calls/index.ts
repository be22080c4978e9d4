/** #engine/calls: calls, legs and what may be done with them. */
export type { CallEventType, CallSettings } from './call-context.ts';
export { CallEngine, type CallEngineOptions, type ChangedCalls } from './call-engine.ts';
export * from './call-state.ts';
export * from './end-cause.ts';
export { placeEdge } from './handover.ts';
export { AppendLog, type AppendLogFault, type AppendLogOptions } from './journal/append-log.ts';
export { letGoOfRows, restRows, takeCall } from './journal/call-rows.ts';
export { readCall, type StoredCall } from './journal/read-call.ts';
export type { JournalRecord, WrittenRecord } from './journal/record.ts';
export { applyRecord, LoggedRows, type Row } from './journal/row.ts';
export { applySchema3, readSchema3 } from './journal/schema-3.ts';
export * from './leg-port.ts';
export { isBeingAnchored } from './media-plan.ts';
export { isAtRest, restCall, wakeCall } from './resting.ts';
export type { LeftCall } from './resuming.ts';
