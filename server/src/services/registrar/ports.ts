/**
 * Port: live state of the registrar, kept so that a restart does not make phones unreachable. What is lost here comes back
 * with the phone's next refresh, so backends need not wait for the disk. One set per AOR; the last save wins.
 */
import type { TenantId } from '#base/ids';
import type { BindingFlow } from './binding.ts';

export interface StoredBinding {
  readonly contact: string;
  readonly contactKey: string;
  readonly callId: string;
  readonly cseq: number;
  readonly q: number;
  /** Wall deadline. */
  readonly expiresUtcMs: number;
  /** What was granted, so that a clock set back cannot prolong it. */
  readonly grantedSec: number;
  readonly registeredUtcMs: number;
  readonly instance?: string;
  readonly regId?: number;
  readonly path?: readonly string[];
  readonly userAgent?: string;
  readonly device?: string;
  readonly nat: boolean;
  /** The id in it is of a former process; the addresses still say where the phone was seen. */
  readonly flow?: BindingFlow;
}

export interface StoredBindingSet {
  readonly tenant: TenantId;
  readonly aor: string;
  readonly bindings: readonly StoredBinding[];
}

export interface BindingStore {
  /** Replaces the bindings of one AOR; an empty list forgets the AOR. */
  save(tenant: TenantId, aor: string, bindings: readonly StoredBinding[]): Promise<void>;
  read(tenant: TenantId, aor: string): Promise<readonly StoredBinding[]>;
}

/** Reads all tenants: for the registrar's view at start, nobody else. */
export interface BindingLoader {
  /** Sets in a fixed order after the given one, at most `limit`. */
  load(page: {
    readonly after?: { readonly tenant: TenantId; readonly aor: string };
    readonly limit: number;
  }): Promise<readonly StoredBindingSet[]>;
}
