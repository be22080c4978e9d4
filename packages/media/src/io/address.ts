/**
 * Transport addresses as numbers: four 32-bit words of an IPv6 address (IPv4 as ::ffff:a.b.c.d, RFC 4291 §2.5.5.2) and a port, in five words
 * of an Int32Array, so that the packet path compares and stores addresses without strings.
 */

/** Words that one address takes: four of address, one of port. */
export const addressWords = 5;

const mappedPrefix = 0xffff;

/** Writes five words at `at`. @returns false (and writes nothing) for what is no numeric address. */
export function parseAddress(text: string, port: number, words: Int32Array, at: number): boolean {
  const v4 = parseIpv4(text);
  if (v4 !== null) {
    words[at] = 0;
    words[at + 1] = 0;
    words[at + 2] = mappedPrefix;
    words[at + 3] = v4;
    words[at + 4] = port;
    return true;
  }
  const groups = parseIpv6(text);
  if (groups === null) return false;
  for (let index = 0; index < 4; index++) {
    words[at + index] = ((groups[2 * index] as number) << 16) | (groups[2 * index + 1] as number);
  }
  words[at + 4] = port;
  return true;
}

/** Back to text, RFC 5952 §4 for IPv6 (without its choice among equally long runs: the first). */
export function formatAddress(words: Int32Array, at: number): string {
  if (isIpv4(words, at)) {
    const v4 = words[at + 3] as number;
    return `${v4 >>> 24}.${(v4 >>> 16) & 255}.${(v4 >>> 8) & 255}.${v4 & 255}`;
  }
  const groups: string[] = [];
  for (let index = 0; index < 4; index++) {
    const word = words[at + index] as number;
    groups.push((word >>> 16).toString(16), (word & 0xffff).toString(16));
  }
  const joined = groups.join(':');
  const longest = [...joined.matchAll(/\b0(?::0)+\b/g)].toSorted((a, b) => b[0].length - a[0].length)[0];
  if (longest === undefined) return joined;
  return `${joined.slice(0, longest.index).replace(/:$/, '')}::${joined.slice(longest.index + longest[0].length).replace(/^:/, '')}`;
}

export function isIpv4(words: Int32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === mappedPrefix;
}

export function portOf(words: Int32Array, at: number): number {
  return words[at + 4] as number;
}

/** Port 0 means that no address is known. */
export function hasAddress(words: Int32Array, at: number): boolean {
  return words[at + 4] !== 0;
}

export function sameAddress(a: Int32Array, at: number, b: Int32Array, bt: number): boolean {
  return a[at + 4] === b[bt + 4] && sameHost(a, at, b, bt);
}

export function sameHost(a: Int32Array, at: number, b: Int32Array, bt: number): boolean {
  return a[at + 3] === b[bt + 3] && a[at + 2] === b[bt + 2] && a[at + 1] === b[bt + 1] && a[at] === b[bt];
}

export function copyAddress(from: Int32Array, fromAt: number, to: Int32Array, toAt: number): void {
  to[toAt] = from[fromAt] as number;
  to[toAt + 1] = from[fromAt + 1] as number;
  to[toAt + 2] = from[fromAt + 2] as number;
  to[toAt + 3] = from[fromAt + 3] as number;
  to[toAt + 4] = from[fromAt + 4] as number;
}

function parseIpv4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  const parts = match.slice(1).map(Number);
  if (parts.some((part) => part > 255)) return null;
  return parts.reduce((word, part) => (word << 8) | part, 0);
}

/** Eight groups; `::` once, a dotted IPv4 tail, a zone (`%eth0`) ignored. */
function parseIpv6(text: string): number[] | null {
  let plain = text.replace(/%.*$/, '');
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(plain);
  if (tail !== null) {
    const v4 = parseIpv4(tail[2] as string);
    if (v4 === null) return null;
    plain = `${tail[1]}${(v4 >>> 16).toString(16)}:${(v4 & 0xffff).toString(16)}`;
  }
  const halves = plain.split('::');
  if (halves.length > 2) return null;
  const front = parseGroups(halves[0] as string);
  const back = parseGroups(halves[1] ?? '');
  if (front === null || back === null) return null;
  if (halves.length === 1) return front.length === 8 ? front : null;
  const missing = 8 - front.length - back.length;
  return missing < 1 ? null : [...front, ...new Array<number>(missing).fill(0), ...back];
}

function parseGroups(text: string): number[] | null {
  if (text === '') return [];
  const groups = text.split(':');
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : null;
}
