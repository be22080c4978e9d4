/** #services/cdr: the record of each call, derived from its state, kept for good. */
export type { Cdr, CdrDestination, CdrJoin, CdrLeg, CdrOutcome, CdrSummary } from './cdr.ts';
export { cdrFromCall } from './cdr-from-call.ts';
export { type CdrOptions, type Cdrs, createCdr } from './create-cdr.ts';
export type { CdrFilter, CdrQuery, CdrStore } from './ports.ts';
