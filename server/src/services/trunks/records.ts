/** A trunk and its outbound rules, as stored. One kind: a static peer by address, or one we register with. */
import type { TrunkId } from '#base/ids';
import { type RecordKind, recordKind } from '#services/configuration';
import type { HeaderRule, MediaPath } from '#services/directory';

export type TrunkTransport = 'udp' | 'tcp' | 'tls';

/** Where requests from this peer come from. A single address or a network in CIDR form. */
export interface SourceRule {
  readonly network: string;
  /** Only this port; null: any. */
  readonly port: number | null;
  /** Only this transport; null: any. */
  readonly transport: TrunkTransport | null;
}

export interface TrunkRegistration {
  /** The address of record to register, `user@domain`. */
  readonly aor: string;
  readonly expiresSec: number;
}

export interface TrunkCredentials {
  readonly username: string;
}

/** How the peer's certificate is judged on TLS (RFC 5922): name and chain, one pinned certificate, or an own CA. */
export type TrunkTls = TrunkTlsMore &
  (
    | { readonly verify: 'chain' }
    | { readonly verify: 'pin'; readonly sha256: string }
    | { readonly verify: 'ca'; readonly caPem: string }
  );

export interface TrunkTlsMore {
  /** Its requests count only over TLS, with a certificate that this rule accepts (RFC 5922 §7.4). Absent: they are known by their address alone. */
  readonly mutual?: boolean;
  /** Deviation: a wildcard in its certificate counts, against RFC 5922 §7.2. */
  readonly wildcards?: boolean;
}

/** By which header a trunk is told where a call has been: what it is not told stays here. */
export type ToldHistory = 'off' | 'history-info' | 'diversion' | 'both';

export interface Trunk {
  readonly name: string;
  readonly enabled: boolean;
  /** Host or address, and port (0: found by RFC 3263). */
  readonly host: string;
  readonly port: number;
  readonly transport: TrunkTransport;
  readonly sources: readonly SourceRule[];
  readonly registration: TrunkRegistration | null;
  /**
   * The address of record, `user@domain` of ours, that the peer registers with us, by the trunk's credentials: a PBX whose own address nobody knows (RFC 6140). Absent or null:
   * it does not.
   */
  readonly registersAs?: string | null;
  readonly credentials: TrunkCredentials | null;
  /** The password, sealed; null without credentials. */
  readonly password: string | null;
  readonly tls: TrunkTls;
  /** Codec names in order of preference; empty: the server's default. */
  readonly codecs: readonly string[];
  /** Where the media of its calls goes; absent or null: as the tenant says. */
  readonly media?: MediaPath | null;
  /** Whether provisionals go reliably (RFC 3262): never, where it understands them, or only if it does. Absent: supported. */
  readonly reliability?: 'off' | 'supported' | 'required';
  /** It may transfer our party of a call to somebody else (REFER), at our expense. Absent: no. */
  readonly mayTransfer?: boolean;
  /** Absent: both. */
  readonly history?: ToldHistory;
  /** How phones should ring for its calls (a value of Alert-Info); empty or absent: as the tenant says. */
  readonly alert?: string;
  /** Whether we challenge the peer's requests: not for a peer known by its address. */
  readonly challenge: 'none' | 'md5' | 'sha256' | 'both';
  /** Try TCP when a request does not fit into a datagram, and UDP again when TCP is refused. */
  readonly tcpFallback: boolean;
  /** Calls at the same time, both directions; 0: no limit. */
  readonly channelLimit: number;
  /** Seconds between OPTIONS; 0: not watched. */
  readonly optionsSec: number;
  /** What is done to headers, one after the other; absent: nothing. */
  readonly headerRules?: readonly HeaderRule[];
  /** How the dialled number arrives and becomes E.164 or digits of the tenant. */
  readonly inbound: NumberRewrite;
  /** Who calls, both ways. Absent: `usualCallerId`. */
  readonly callerId?: TrunkCallerId;
}

/** How a trunk says, and is told, who calls (RFC 3325, RFC 3323). */
export interface TrunkCallerId {
  /** It is of our trust domain (RFC 3325 §2.3): what it asserts counts, and it is told who calls even of those who hide, with their wish (Privacy). */
  readonly trusted: boolean;
  /** What says who calls, on calls from it: P-Asserted-Identity or the old Remote-Party-ID, where it is trusted and they are there; else From. */
  readonly from: 'pai' | 'rpid' | 'from';
  /** Where the caller's number stands, on calls to it: in From; or in P-Asserted-Identity, and From is our account there. */
  readonly to: 'from' | 'pai';
  /** How the number is written, on calls to it: as it is here, with `+` before the country code, or without. */
  readonly format: 'as-is' | 'plus' | 'no-plus';
  /** Shown for callers who have no public number of their own; empty: their extension. */
  readonly mainNumber: string;
}

export const usualCallerId: TrunkCallerId = {
  trusted: false,
  from: 'pai',
  to: 'from',
  format: 'as-is',
  mainNumber: '',
};

export interface NumberRewrite {
  /** Taken away from the front when present. */
  readonly strip: string;
  readonly prepend: string;
}

/** An outbound rule: the longest prefix of what was dialled decides. */
export interface Route {
  readonly trunk: TrunkId;
  readonly prefix: string;
  /** How many characters to take away from the front. */
  readonly strip: number;
  readonly prepend: string;
  /** Among equal prefixes the lower is tried first. */
  readonly order: number;
}

export const trunkKind: RecordKind<Trunk> = recordKind<Trunk>({
  name: 'trunk',
  table: 'trunks',
  unique: [{ fields: ['name'], across: 'tenant' }],
  references: [],
  sealed: ['password'],
});

export const routeKind: RecordKind<Route> = recordKind<Route>({
  name: 'route',
  table: 'routes',
  unique: [{ fields: ['prefix', 'trunk'], across: 'tenant' }],
  references: [{ field: 'trunk', kind: 'trunk' }],
  sealed: [],
});

/** All kinds of this service, for the storage backends. */
export const trunkKinds: readonly RecordKind[] = [trunkKind, routeKind];
