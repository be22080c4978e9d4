/** A SIP leg in the append log: what another process needs to go on with it, or at least to end it (leg-row.ts: as a row). */
import { parseSdp, type SessionDescription } from '@ringdown/sdp';
import type { Flow, OpenInvite, Session, SessionSnapshot } from '@ringdown/sip';
import type { LegId, TenantId } from '#base/ids';
import type { LegDestination, Row } from '#engine/calls';
import { inviteRow, type LegParts, readInviteRow, readSessionRow, sessionRow } from './leg-row.ts';
import type { FarSide } from './status-map.ts';

export interface StoredLeg {
  readonly far: FarSide;
  /** What this peer reaches us by. */
  readonly address: string;
  /** The Contact that the peer's phone was registered with over the leg's flow; null: none. */
  readonly registered: string | null;
  readonly hasOffered: boolean;
  /** What was last said under the leg's origin. */
  readonly said: SessionDescription | null;
  /** After the 2xx. */
  readonly session: SessionSnapshot | null;
  /** Before any final response. */
  readonly invite: OpenInvite | null;
}

export type NewLegParts = Pick<StoredLeg, 'far' | 'address' | 'registered' | 'said'>;

/** What is known of the leg beside its own row. */
export interface RestoredAs {
  readonly legId: LegId;
  readonly tenantId: TenantId;
  readonly destination: LegDestination | null;
}

export interface RestoredLeg {
  /** Call-ID of the dialog; null before there is one to go on with. */
  readonly sipCallId: string | null;
}

/** Null: there is nothing to store of the session, or no longer. */
export function storeLeg(session: Session, parts: LegParts): Row | null {
  const snapshot = session.snapshot();
  if (snapshot !== null) return sessionRow(snapshot, parts);
  const invite = session.openInvite();
  return invite === null ? null : inviteRow(invite, parts);
}

/** Undefined: nothing stored, or of a schema that this version does not know. */
export function readStoredLeg(stored: unknown): StoredLeg | undefined {
  if (!Array.isArray(stored)) return readSchema1(stored);
  const row = readSessionRow(stored) ?? readInviteRow(stored);
  if (row === undefined) return undefined;
  const { said, ...leg } = row;
  const parsed = said === null ? undefined : parseSdp(said);
  return { ...leg, said: parsed?.ok === true ? parsed.sdp : null };
}

/** As the version before wrote it, where the log's schema was 3: an object. */
function readSchema1(stored: unknown): StoredLeg | undefined {
  const leg = stored as (Partial<StoredLeg> & { readonly schema?: unknown }) | null | undefined;
  if (typeof leg !== 'object' || leg === null || leg.schema !== 1) return undefined;
  const schema = leg.session?.schema ?? leg.invite?.schema;
  return schema === 1 ? (leg as StoredLeg) : undefined;
}

/** A connection that ended with the process: nothing can be sent over it, but it says where the peer was and what we call ourselves there. */
export function lostFlow({ kind, local, remote }: Pick<Flow, 'kind' | 'local' | 'remote'>, address: string): Flow {
  return {
    id: 0,
    kind,
    reliable: kind !== 'udp',
    secure: kind === 'tls' || kind === 'wss',
    local,
    remote,
    advertised: { host: address.includes(':') ? `[${address}]` : address, port: local.port },
  };
}
