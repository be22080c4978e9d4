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
  readonly capabilities?: string;
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
  /** Replaces the bindings of each AOR named, whoever its tenant is; an empty list forgets the AOR. Each AOR stands in it once. */
  save(sets: readonly StoredBindingSet[]): Promise<void>;
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

/**
 * Port: what has changed since the store took it in. Written by the thread itself before a 200 leaves, so that a binding that was answered survives
 * kill -9 though the store is fed behind (docs/adr/0014). Synchronous; in parts, each since a `cut`.
 */
export interface BindingLog {
  /** What an earlier process left, oldest first; the last of an AOR counts. Once, before all else. */
  read(): readonly StoredBindingSet[];
  /** With one write(2). A disk that refuses is reported by the log itself; the store may still get it. */
  append(sets: readonly StoredBindingSet[]): void;
  /** Begins a part. */
  cut(): void;
  /** The parts before the last cut are not needed any more. */
  forget(): void;
  /** So long without a `forget` that it should be written anew. */
  readonly isGrown: boolean;
}
