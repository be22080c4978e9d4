/**
 * Keeps secrets out of what people read: by field name in structured data, by pattern in protocol text (digest
 * parameters, Authorization headers, SDP crypto keys). Leaves out: deciding who may see them unmasked (trace does).
 */

export const masked = '[masked]';

const secretNames = new Set([
  'password',
  'passwd',
  'secret',
  'secretkey',
  'privatekey',
  'ha1',
  'ha1md5',
  'ha1sha256',
  'response',
  'nonce',
  'cnonce',
  'crypto',
  'authorization',
  'proxyauthorization',
  'token',
  'apikey',
  'icepwd',
]);

const maxDepth = 6;

/** Names of fields that were seen, and whether they are secret: the same few come with every line. */
const seenNames = new Map<string, boolean>();
const maxSeenNames = 1000;

function isSecretName(name: string): boolean {
  const seen = seenNames.get(name);
  if (seen !== undefined) return seen;
  const isSecret = secretNames.has(name.toLowerCase().replaceAll(/[-_]/g, ''));
  if (seenNames.size < maxSeenNames) seenNames.set(name, isSecret);
  return isSecret;
}

/** A copy with the values of secret fields masked, at any depth; the same object when there is nothing to mask. */
export function maskFields<T>(value: T): T {
  return maskDeep(value, 0) as T;
}

function maskDeep(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return maskText(value);
  if (typeof value !== 'object' || value === null || value instanceof Error || ArrayBuffer.isView(value)) return value;
  if (depth >= maxDepth) return '[deep]';
  if (Array.isArray(value)) {
    const list = value.map((item) => maskDeep(item, depth + 1));
    return list.some((item, i) => item !== value[i]) ? list : value;
  }
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const field = (value as Record<string, unknown>)[key];
    if (field === undefined) continue;
    const shown = isSecretName(key) ? masked : maskDeep(field, depth + 1);
    if (shown === field) continue;
    copy ??= { ...(value as Record<string, unknown>) };
    copy[key] = shown;
  }
  return copy ?? value;
}

const suspicious = /response|nonce|inline:|authorization|password|ice-pwd|token/i;
const patterns: readonly [RegExp, string][] = [
  [/\b(response|c?nonce|nextnonce|rspauth|password|access_token)(\s*=\s*)("[^"]*"?|[^\s,;&]+)/gi, `$1$2"${masked}"`],
  [/\b(inline:)\S+/gi, `$1${masked}`],
  [/^(a=ice-pwd:).*$/gim, `$1${masked}`],
  [/\b(authorization\s*:\s*(?:basic|bearer)\s+)\S+/gi, `$1${masked}`],
];

/** Protocol text (a SIP message, an SDP body, a header line) with its secrets masked. */
export function maskText(text: string): string {
  // Without one of these no pattern fits, and to look for them is cheap.
  if ((!text.includes('=') && !text.includes(':')) || !suspicious.test(text)) return text;
  let shown = text;
  for (const [pattern, replacement] of patterns) shown = shown.replace(pattern, replacement);
  return shown;
}
