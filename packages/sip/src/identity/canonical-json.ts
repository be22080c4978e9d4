/** JSON as it is signed: members in order of their names, by code point, no blanks (RFC 8225 §9). */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export function canonicalJson(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => compareCodePoints(a, b));
  return `{${members.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function compareCodePoints(a: string, b: string): number {
  const [ones, others] = [[...a], [...b]];
  for (const [at, one] of ones.entries()) {
    const difference = (one.codePointAt(0) ?? 0) - (others[at]?.codePointAt(0) ?? -1);
    if (difference !== 0) return difference;
  }
  return ones.length - others.length;
}
