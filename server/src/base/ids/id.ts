/**
 * Identifiers: `call_01j2…`, a prefix that says what it names and 26 characters of Crockford's base 32: 48 bits of UTC
 * milliseconds, then 80 bits of chance. They sort by time as text and are unique without asking anybody.
 */

declare const idBrand: unique symbol;

/** What each prefix names. */
export const idPrefixes = {
  call: 'call',
  leg: 'leg',
  bridge: 'brg',
  session: 'ses',
  cdr: 'cdr',
  event: 'evt',
  revision: 'rev',
  tenant: 'ten',
  domain: 'dom',
  user: 'usr',
  identity: 'idn',
  device: 'dev',
  number: 'num',
  trunk: 'trk',
  route: 'rte',
  recording: 'rec',
  message: 'msg',
} as const;

export type IdName = keyof typeof idPrefixes;
export type Id<Name extends IdName> = `${(typeof idPrefixes)[Name]}_${string}` & { readonly [idBrand]: Name };

export type CallId = Id<'call'>;
export type LegId = Id<'leg'>;
export type BridgeId = Id<'bridge'>;
export type SessionId = Id<'session'>;
export type CdrId = Id<'cdr'>;
export type EventId = Id<'event'>;
export type RevisionId = Id<'revision'>;
export type TenantId = Id<'tenant'>;
export type DomainId = Id<'domain'>;
export type UserId = Id<'user'>;
export type IdentityId = Id<'identity'>;
export type DeviceId = Id<'device'>;
export type NumberId = Id<'number'>;
export type TrunkId = Id<'trunk'>;
export type RouteId = Id<'route'>;

const bodyPattern = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Reads an id that came from outside; undefined when it is not one of that name. */
export function parseId<Name extends IdName>(name: Name, text: string): Id<Name> | undefined {
  const prefix = idPrefixes[name];
  if (text.length !== prefix.length + 27 || text[prefix.length] !== '_' || !text.startsWith(prefix)) return undefined;
  return bodyPattern.test(text.slice(prefix.length + 1)) ? (text as Id<Name>) : undefined;
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** UTC milliseconds at which the id was made. */
export function idTimeUtcMs(id: string): number {
  const start = id.indexOf('_') + 1;
  let ms = 0;
  for (let i = start; i < start + 10; i++) ms = ms * 32 + alphabet.indexOf(id[i] ?? '0');
  return ms;
}
