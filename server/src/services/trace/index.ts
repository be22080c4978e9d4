/** #services/trace: what was said on the wire about each call, and why a failed one failed. */
export { callIdIn, namelessFrom } from './call-id-in.ts';
export { createTrace, type Trace, type TraceOptions } from './create-trace.ts';
export { encodeHep, type HepOptions } from './encode-hep.ts';
export { encodePcap } from './encode-pcap.ts';
export { directText, type Explanation, explain } from './explain.ts';
export { formatLadder } from './ladder.ts';
export type { TracedCall, TracedLeg, TraceEntry, TraceFailureInput, TraceFlow, TraceInput } from './trace-entry.ts';
