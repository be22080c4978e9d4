/** #base/ids: branded, prefixed, time-sortable identifiers and the chance they are made from. */
export {
  type BridgeId,
  type CallId,
  type CdrId,
  type DeviceId,
  type DomainId,
  type EventId,
  type Id,
  type IdentityId,
  type IdName,
  idTimeUtcMs,
  type LegId,
  type NumberId,
  parseId,
  type RevisionId,
  type RouteId,
  type SessionId,
  type TenantId,
  type TrunkId,
  type UserId,
} from './id.ts';
export { createIdSource, type IdSource } from './id-source.ts';
export { createSeededRandom, createSystemRandom, type RandomBytes } from './random-bytes.ts';
