/** Bencoding (BEP 3), which rtpengine's ng protocol speaks. Texts, whole numbers, lists, dictionaries; latin1 for bytes. */
export type Bencoded = string | number | readonly Bencoded[] | { readonly [key: string]: Bencoded };

export function encodeBencode(value: Bencoded): string {
  if (typeof value === 'string') return `${Buffer.byteLength(value, 'latin1')}:${value}`;
  if (typeof value === 'number') return `i${value}e`;
  if (Array.isArray(value)) return `l${value.map(encodeBencode).join('')}e`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `d${entries.map(([key, one]) => encodeBencode(key) + encodeBencode(one as Bencoded)).join('')}e`;
}

export function decodeBencode(text: string): Bencoded {
  return decodeAt(text, 0)[0];
}

function decodeAt(text: string, at: number): [value: Bencoded, next: number] {
  const kind = text[at];
  if (kind === 'i') {
    const end = text.indexOf('e', at);
    return [Number(text.slice(at + 1, end)), end + 1];
  }
  if (kind !== 'l' && kind !== 'd') {
    const colon = text.indexOf(':', at);
    const end = colon + 1 + Number(text.slice(at, colon));
    return [text.slice(colon + 1, end), end];
  }
  const items: Bencoded[] = [];
  let next = at + 1;
  while (next < text.length && text[next] !== 'e') {
    const [item, after] = decodeAt(text, next);
    items.push(item);
    next = after;
  }
  if (kind === 'l') return [items, next + 1];
  const pairs: [string, Bencoded][] = [];
  for (let index = 0; index + 1 < items.length; index += 2) pairs.push([String(items[index]), items[index + 1] ?? '']);
  return [Object.fromEntries(pairs), next + 1];
}
