/**
 * A call detail record: what is left of a call when it is over. The summary is the flat view (one line of a bill or of a list), the whole
 * record adds the graph: every leg, and which leg was joined to which and when. Times are UTC milliseconds; null is "never happened".
 */
import type { CallId, CdrId, LegId, TenantId } from '#base/ids';
import type { CallerIdentity, EndCause, IncomingCall, LegQuality, Party, Service } from '#engine/calls';

/** Grows when the shape changes; stored with each record. */
export const cdrSchema = 1;

export type CdrOutcome = 'answered' | 'no-answer' | 'busy' | 'declined' | 'cancelled' | 'failed';

export interface CdrSummary {
  readonly schema: number;
  /** Made from the call's id, so that deriving a record twice gives the same one. */
  readonly id: CdrId;
  readonly callId: CallId;
  readonly tenantId: TenantId;
  /** As it was shown to whom was called. */
  readonly from: Party;
  readonly to: Party;
  /** Who called in truth, and what was to be kept hidden; null: as shown. Absent in records of before. */
  readonly caller?: CallerIdentity | null;
  readonly origin: IncomingCall['origin'];
  /** What answered inside the server, where it was no second leg. */
  readonly service: Service | null;
  readonly startUtcMs: number;
  /** When the caller was first told that it rings, or, where it never was, when the first callee leg rang. */
  readonly ringUtcMs: number | null;
  readonly answerUtcMs: number | null;
  readonly endUtcMs: number;
  /** Until the answer or, without one, the end; 0 where it never rang. */
  readonly ringMs: number;
  /** From the answer to the end; 0 where nobody answered. */
  readonly talkMs: number;
  readonly totalMs: number;
  readonly outcome: CdrOutcome;
  readonly cause: EndCause;
  /** Whose fault it was, for people: `nobody`, `the callee (102)`, `this server`. */
  readonly faultOf: string;
  /** Voice codecs that were agreed, caller's leg first, each once. */
  readonly codecs: readonly string[];
  /**
   * Whether sound went through this server or straight from party to party, which leaves no figures of it here, as it stood at the end; null: nobody answered.
   * Absent in records of 0.1 before it could be direct.
   */
  readonly media?: 'relayed' | 'direct' | null;
  /** A party of this call was transferred, and went on in that one, where the same leg stands again. Absent: no. */
  readonly transferredTo?: CallId;
  /** A party of that call went on in this one, or was to. Absent: no. */
  readonly transferredFrom?: CallId;
}

export interface Cdr extends CdrSummary {
  /** The caller's first, then the others in the order they were rung. */
  readonly legs: readonly CdrLeg[];
  readonly joins: readonly CdrJoin[];
}

export interface CdrLeg {
  readonly legId: LegId;
  readonly role: 'caller' | 'callee';
  readonly edge: string;
  readonly party: Party;
  /** Null for the caller. Without what only the running server understands (flows, paths). */
  readonly destination: CdrDestination | null;
  readonly startUtcMs: number;
  readonly ringUtcMs: number | null;
  readonly answerUtcMs: number | null;
  readonly endUtcMs: number;
  readonly cause: EndCause;
  readonly faultOf: string;
  readonly codec: string | null;
  readonly quality: LegQuality | null;
}

export type CdrDestination =
  | { readonly kind: 'binding'; readonly aor: string; readonly contactUri: string }
  | { readonly kind: 'trunk'; readonly trunkId: string; readonly user: string };

/** Two legs that heard each other. */
export interface CdrJoin {
  readonly legId: LegId;
  readonly withLegId: LegId;
  readonly fromUtcMs: number;
  readonly toUtcMs: number;
}
