/** What the registrar remembers of one registered contact, and what comes in with a REGISTER: plain data, no SIP type. */
import type { TenantId } from '#base/ids';

export type FlowKind = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** What the REGISTER came over: requests to this phone go back the same way (RFC 5626 §5.3). */
export interface BindingFlow {
  /** The transport's id of the flow within this process's life; 0 when the flow is gone (restart, closed connection). */
  readonly id: number;
  readonly kind: FlowKind;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** One registered contact. Mutable inside the registrar only. */
export interface Binding {
  /** The contact URI as the phone gave it, without header parameters. */
  readonly contact: string;
  /** Two contacts with the same key are the same (RFC 3261 §19.1.4). */
  readonly contactKey: string;
  readonly callId: string;
  readonly cseq: number;
  /** 0 … 1, 1 when the phone said nothing. */
  readonly q: number;
  /** Monotonic deadline. */
  readonly expiresAtMs: number;
  readonly grantedSec: number;
  readonly registeredUtcMs: number;
  /** `+sip.instance`, RFC 5626 §4.1; empty when absent. */
  readonly instance: string;
  /** RFC 5626 §4.2; 0 when absent. */
  readonly regId: number;
  /** What it says that it can, as parameters of a Contact (RFC 3840); empty when it says nothing. */
  readonly capabilities: string;
  /** RFC 3327: the URIs that a request to this contact must visit, in order. */
  readonly path: readonly string[];
  readonly userAgent: string;
  /** Which device's credentials registered it; empty when unknown. */
  readonly device: string;
  /** The phone is not where its Contact says: reach it through the flow or its source address. */
  readonly nat: boolean;
  readonly flow: BindingFlow | undefined;
}

/** One Contact of a REGISTER. */
export interface RegisterContact {
  readonly uri: string;
  /** For comparison by RFC 3261 §19.1.4; the URI itself when not given. */
  readonly key?: string;
  readonly q?: number;
  /** The contact's own `expires` parameter. */
  readonly expiresSec?: number;
  readonly instance?: string;
  readonly regId?: number;
  readonly capabilities?: string;
}

export interface RegisterRequest {
  readonly tenant: TenantId;
  /** Canonical: `user@domain`, domain in lower case. */
  readonly aor: string;
  /** `all` is `Contact: *`; an empty list only asks. */
  readonly contacts: 'all' | readonly RegisterContact[];
  readonly callId: string;
  readonly cseq: number;
  /** The Expires header. */
  readonly expiresSec?: number;
  readonly flow?: BindingFlow;
  readonly path?: readonly string[];
  readonly userAgent?: string;
  readonly device?: string;
  readonly nat?: boolean;
}
