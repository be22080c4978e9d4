/**
 * Hides media keys in the text of a description before it is traced: keys of a=crypto by whatever key method (RFC 4568 §9.2), k= lines (RFC 8866 §5.12), ICE
 * passwords (RFC 8839 §5.4). All else, line ends included, stays as it is. An inline key becomes as many X, so that it still reads as base 64 of a
 * key of its length: a decoder of the capture finds nothing malformed.
 */
export function maskSdpSecrets(text: string): string {
  return text
    .replace(/(inline:)([^|\s;]+)/gi, (_all, method: string, key: string) => method + key.replaceAll(/[^=]/g, 'X'))
    .replace(/^(a=crypto:\S* +\S+ +)([^\r\n]+)/gim, (_line, head: string, keys: string) => head + maskKeys(keys))
    .replace(/^(k=[^:\r\n]*:)[^\r\n]+/gim, '$1***')
    .replace(/^(a=ice-pwd:)[^\r\n]+/gim, '$1***');
}

function maskKeys(keys: string): string {
  return keys.replace(/\b(?!inline:)([a-z][\w-]*:)[^|\s;]+/gi, '$1***');
}
