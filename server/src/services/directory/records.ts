/**
 * What the directory knows, as stored: tenant, domain, user, identity, device, number. Ids and times stand in the record's
 * envelope. HA1 values are sealed (base/secrets) before they come here; the clear password is never stored.
 */
import type { DomainId, TrunkId, UserId } from '#base/ids';
import { type RecordKind, recordKind } from '#services/configuration';
import type { HeaderRule } from './header-rule.ts';

/**
 * Where the media of a call goes: through us, which hides who is where and works behind NAT, or straight from one party to the other where both sides have
 * this and can reach each other (docs/adr/0022).
 */
export type MediaPath = 'relay' | 'direct';

export type PickUp = 'own' | 'anyone';

export interface Tenant {
  readonly name: string;
  /** Of devices and trunks that have no setting of their own; absent: relay. */
  readonly media?: MediaPath;
  /** Who may answer a call that rings at somebody else's device: only another device of the same user (absent), or every user. */
  readonly pickUp?: PickUp;
  /** Whose calls and presence a user may watch: everybody's in the tenant, or only its own. Absent: the tenant's. */
  readonly watching?: Watching;
  /** How phones should ring for calls of colleagues, and for calls from outside (values of Alert-Info); empty or absent: as the phone has it. */
  readonly alertInternal?: string;
  readonly alertExternal?: string;
}

/** See {@link Tenant.watching}. */
export type Watching = 'tenant' | 'own';

/** What a device and a trunk say about media alike. */
export interface MediaSettings {
  /** What may be offered to it and what it may speak, best first; empty or absent: the installation's. */
  readonly codecs?: readonly string[];
  /** Absent or null: the tenant's. */
  readonly media?: MediaPath | null;
}

export interface Domain {
  /** Lower case: what stands right of the @. Also the digest realm. */
  readonly name: string;
  /** Requests for this name are requests for that domain. */
  readonly aliasOf: DomainId | null;
  /** `yes` on at most one domain of the installation: requests to our own addresses (sip:100@192.168.1.10) are for it. */
  readonly ownAddresses: 'yes' | null;
}

export interface User {
  readonly extension: string;
  readonly displayName: string;
  /** BCP 47 tags in order of preference, for announcements and mail. */
  readonly languages: readonly string[];
}

/** An address of record of a user, and so what the user's From may say. */
export interface Identity {
  readonly user: UserId;
  readonly domain: DomainId;
  readonly localPart: string;
}

/** Which digest challenges a device gets: old phones know MD5 only and give up on anything else. */
export type ChallengePolicy = 'md5' | 'sha256' | 'both';

/** Whether provisionals go reliably (RFC 3262): never, with those who understand them, or with those who do only. */
export type Reliability = 'off' | 'supported' | 'required';

export const reliabilities: readonly string[] = ['off', 'supported', 'required'] satisfies Reliability[];

export interface Device extends MediaSettings {
  readonly user: UserId;
  readonly domain: DomainId;
  readonly label: string;
  /** The digest username, unique in its domain. */
  readonly username: string;
  readonly challenge: ChallengePolicy;
  /** Absent: supported. */
  readonly reliability?: Reliability;
  /** It is told by P-Asserted-Identity, too, who calls it and who has answered it, where they do not hide (RFC 3325 §5). Absent: no. */
  readonly assertedIdentity?: boolean;
  /** Whether it may register addresses of other users of its tenant, a gateway before them. Absent: no. */
  readonly registersOthers?: boolean;
  /** What is done to headers, one after the other; absent: nothing. */
  readonly headerRules?: readonly HeaderRule[];
  /** H(username:realm:password), RFC 7616 §3.4.2, sealed. */
  readonly ha1Md5: string;
  readonly ha1Sha256: string;
}

export type Builtin = 'echo' | 'tone' | 'music' | 'clock';

export type Destination =
  | { readonly to: 'user'; readonly user: UserId }
  | { readonly to: 'builtin'; readonly builtin: Builtin }
  /** Out by that trunk; `number` instead of what was dialled. */
  | { readonly to: 'trunk'; readonly trunk: TrunkId; readonly number?: string };

export type NumberKind = 'extension' | 'service' | 'external';

export interface DirectoryNumber {
  /** What is dialled within the tenant: digits, `*`, `#`, and `+` first for E.164. */
  readonly digits: string;
  /** The same in E.164 when the number belongs to the public network; one owner in the whole installation. */
  readonly e164: string | null;
  readonly kind: NumberKind;
  readonly label: string;
  readonly destination: Destination;
  /** Whether a call that comes in by a trunk may go out again by one: the forwarder's right. Absent: no. */
  readonly forwardsOutside?: boolean;
}

export const tenantKind: RecordKind<Tenant> = recordKind<Tenant>({
  name: 'tenant',
  table: 'tenants',
  unique: [{ fields: ['name'], across: 'installation' }],
  references: [],
  sealed: [],
});

export const domainKind: RecordKind<Domain> = recordKind<Domain>({
  name: 'domain',
  table: 'domains',
  unique: [
    { fields: ['name'], across: 'installation' },
    { fields: ['ownAddresses'], across: 'installation' },
  ],
  references: [{ field: 'aliasOf', kind: 'domain' }],
  sealed: [],
});

export const userKind: RecordKind<User> = recordKind<User>({
  name: 'user',
  table: 'users',
  unique: [{ fields: ['extension'], across: 'tenant' }],
  references: [],
  sealed: [],
});

export const identityKind: RecordKind<Identity> = recordKind<Identity>({
  name: 'identity',
  table: 'identities',
  unique: [{ fields: ['domain', 'localPart'], across: 'installation' }],
  references: [
    { field: 'user', kind: 'user' },
    { field: 'domain', kind: 'domain' },
  ],
  sealed: [],
});

export const deviceKind: RecordKind<Device> = recordKind<Device>({
  name: 'device',
  table: 'devices',
  unique: [{ fields: ['domain', 'username'], across: 'installation' }],
  references: [
    { field: 'user', kind: 'user' },
    { field: 'domain', kind: 'domain' },
  ],
  sealed: ['ha1Md5', 'ha1Sha256'],
});

export const numberKind: RecordKind<DirectoryNumber> = recordKind<DirectoryNumber>({
  name: 'number',
  table: 'numbers',
  unique: [
    { fields: ['digits'], across: 'tenant' },
    { fields: ['e164'], across: 'installation' },
  ],
  references: [
    { field: 'destination.user', kind: 'user' },
    { field: 'destination.trunk', kind: 'trunk' },
  ],
  sealed: [],
});

/** All kinds of the directory, for the storage backends. */
export const directoryKinds: readonly RecordKind[] = [
  tenantKind,
  domainKind,
  userKind,
  identityKind,
  deviceKind,
  numberKind,
];
