/** Hides media keys in the text of a description before it is traced: a=crypto (RFC 4568) inline keys, k= lines, ICE passwords. */
export function maskSdpSecrets(text: string): string {
  return text
    .replace(/(inline:)[^|\s;]+/gi, '$1***')
    .replace(/^(k=[^:\r\n]*:)[^\r\n]+/gm, '$1***')
    .replace(/^(a=ice-pwd:)[^\r\n]+/gm, '$1***');
}
