/** Methods of the registry as constants: what is read from octets makes no text, and comparing two of them is comparing pointers. */

const names = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'REGISTER', 'OPTIONS', 'PRACK', 'UPDATE'],
  ...['INFO', 'REFER', 'NOTIFY', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE'],
] as const;

/** By length and first letter, which tell all of them apart. */
const bySlot: (string | undefined)[] = new Array(512).fill(undefined);
for (const name of names) bySlot[slot(name.length, name.charCodeAt(0))] = name;

function slot(length: number, letter: number): number {
  return ((length & 15) << 5) | (letter & 31);
}

/** The method that s[start, end) is; undefined: another, to be cut out. */
export function knownMethod(s: Uint8Array, start: number, end: number): string | undefined {
  const name = bySlot[slot(end - start, s[start] as number)];
  if (name === undefined || name.length !== end - start) return undefined;
  for (let i = 0; i < name.length; i++) if (name.charCodeAt(i) !== s[start + i]) return undefined;
  return name;
}
