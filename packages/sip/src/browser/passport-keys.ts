/** Keys for PASSporT (RFC 8225 §4: ES256) by the standard WebCrypto: in browsers, and in Node. */
import type { PassportSigner, PassportVerifier } from '../identity/index.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** @param pkcs8 a private key on P-256, DER. */
export async function createPassportSigner(pkcs8: Uint8Array<ArrayBuffer>): Promise<PassportSigner> {
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  return async (input) => new Uint8Array(await crypto.subtle.sign(algorithm, key, new Uint8Array(input)));
}

/** @param spki a public key on P-256, DER. */
export async function createPassportVerifier(spki: Uint8Array<ArrayBuffer>): Promise<PassportVerifier> {
  const key = await crypto.subtle.importKey('spki', spki, algorithm, false, ['verify']);
  return (input, signature) => crypto.subtle.verify(algorithm, key, new Uint8Array(signature), new Uint8Array(input));
}
