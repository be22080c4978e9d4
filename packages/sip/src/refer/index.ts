/** REFER (RFC 3515) in the dialogs of calls, both sides. */
export { IncomingRefer, type IncomingReferOptions } from './incoming-refer.ts';
export { type ReferOptions, type ReferOutcome, type ReferUser, sendRefer } from './outgoing-refer.ts';
export { type ReadRefer, readRefer, referExtensions, type UnusableRefer } from './read-refer.ts';
export { ReferReport } from './refer-report.ts';
export { referToReplacing } from './refer-to-replacing.ts';
export { parseReferredBy, type ReferredBy } from './referred-by.ts';
export { formatSipfrag, parseSipfrag, type SipfragStatus, sipfragType } from './sipfrag.ts';
