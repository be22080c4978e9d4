/**
 * How far an IP address means something (RFC 6890; RFC 1918, 6598, 4193, 4291 §2.5): two hosts whose addresses are of one scope are taken to reach each other,
 * since both have reached us without a translation in between.
 */
export type AddressScope = 'loopback' | 'link' | 'private' | 'global';

interface ReadAddress {
  readonly plain: string;
  readonly scope: AddressScope;
}

/** Phones call again: what was read lately. */
const known = new Map<string, ReadAddress>();
const mostKnown = 1_000;

function readAddress(address: string): ReadAddress {
  const before = known.get(address);
  if (before !== undefined) return before;
  const plain = plainAddress(address);
  const read = { plain, scope: scopeOf(plain) };
  if (known.size >= mostKnown) known.clear();
  known.set(address, read);
  return read;
}

export function addressScope(address: string): AddressScope {
  return readAddress(address).scope;
}

function scopeOf(plain: string): AddressScope {
  if (plain.includes(':')) {
    if (plain === '::1') return 'loopback';
    if (/^fe[89ab]/.test(plain)) return 'link';
    return /^f[cd]/.test(plain) ? 'private' : 'global';
  }
  const [a = 0, b = 0] = plain.split('.').map(Number);
  if (a === 127) return 'loopback';
  if (a === 169 && b === 254) return 'link';
  const isPrivate = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
  return isPrivate || (a === 100 && b >= 64 && b < 128) ? 'private' : 'global';
}

export function sameAddress(a: string, b: string): boolean {
  return readAddress(a).plain === readAddress(b).plain;
}

/** RFC 5952, without a zone; an IPv4 address within IPv6 (RFC 4291 §2.5.5.2) as what it is. */
function plainAddress(address: string): string {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!bare.includes(':')) return bare;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  if (mapped !== undefined) return mapped;
  return URL.parse(`http://[${bare}]/`)?.hostname.slice(1, -1) ?? bare.toLowerCase();
}
