/**
 * Takes the secrets out of a message: digest responses and other credentials (RFC 7616 §3.4, RFC 7617), passwords in URIs (RFC 3261 §19.1.1) and in
 * text, and by the given function the keys in SDP. Keeps everything that explains a failure: user name, realm, nonce, algorithm. Content-Length
 * is made to fit again. Leaves out: digits that a caller dials while the call is up (INFO).
 */
import { mayHoldSecrets } from './may-hold-secrets.ts';
import { splitMessage } from './read-message.ts';

/** Masks the keys in the text of a body; @ringdown/sdp has it. */
export type MaskSdp = (text: string) => string;

const mask = '***';
const credentials = /^((?:proxy-)?authorization|(?:proxy-)?authentication-info)(\s*:\s*)(.*(?:\r?\n[ \t]+.*)*)/gim;
const digestSecret = /\b(response|rspauth)(\s*=\s*)("(?:[^"\\]|\\.)*"?|[^\s,]+)/gi;
const uriPassword = /\b(sips?:[^\s:@<>"]+):[\w\-.!~*'()%&=+$,]*@/gi;
const passwordWord = /passw/i;
const password = /\b((?:[\w-]*[-_])?passw(?:or)?d)("?\s*[=:]\s*)("(?:[^"\\]|\\.)*"?|[^\s"&;,<]+)/gi;

export function maskMessage(bytes: Uint8Array, maskSdp: MaskSdp): Uint8Array {
  if (!mayHoldSecrets(bytes)) return bytes;
  // Octets as Latin-1: all that is looked for is ASCII, and what is not stays as it was.
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const start = text.length - text.replace(/^[\r\n]+/, '').length;
  const { head, gap, body } = splitMessage(text);
  const maskedBody = body === '' ? '' : maskSdp(maskHead(body));
  let maskedHead = maskHead(head);
  if (maskedBody.length !== body.length) maskedHead = fitLength(maskedHead, body.length, maskedBody.length);
  if (maskedHead === head && maskedBody === body) return bytes;
  return new Uint8Array(Buffer.from(text.slice(0, start) + maskedHead + gap + maskedBody, 'latin1'));
}

function maskHead(text: string): string {
  const masked = text
    .replace(credentials, (_all, name: string, colon: string, value: string) => name + colon + maskCredentials(value))
    .replace(uriPassword, `$1:${mask}@`);
  // To look for the word alone is far cheaper, and it is rare.
  if (!passwordWord.test(masked)) return masked;
  return masked.replace(password, (_all, name: string, colon: string, value: string) =>
    value.startsWith('"') ? `${name}${colon}"${mask}"` : name + colon + mask,
  );
}

function maskCredentials(value: string): string {
  if (/\b(?:response|rspauth)\s*=|^\s*digest\b|^\s*(?:nextnonce|qop|nc|cnonce)\s*=/i.test(value))
    return value.replace(digestSecret, `$1$2"${mask}"`);
  const scheme = /^\S+(?=\s)/.exec(value)?.[0];
  return scheme === undefined ? mask : `${scheme} ${mask}`;
}

function fitLength(head: string, before: number, after: number): string {
  return head.replace(/^(content-length|l)(\s*:\s*)(\d+)/im, (all, name: string, colon: string, stated: string) =>
    Number(stated) === before ? `${name}${colon}${after}` : all,
  );
}
