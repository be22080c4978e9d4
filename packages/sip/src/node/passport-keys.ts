/** Keys for PASSporT (RFC 8225 §4: ES256) by Node's crypto, from PEM. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { PassportSigner, PassportVerifier } from '../identity/index.ts';

/** A signature is R and S, not the DER form that certificates have (RFC 7518 §3.4). */
const dsaEncoding = 'ieee-p1363';

/** @param pem a private key on P-256. */
export function createPassportSigner(pem: string): PassportSigner {
  const key = createPrivateKey(pem);
  return (input) =>
    new Promise((resolve, reject) => {
      sign('sha256', input, { key, dsaEncoding }, (error, signature) => {
        if (error === null) resolve(signature);
        else reject(error);
      });
    });
}

/** @param pem a public key on P-256, or a certificate with one. */
export function createPassportVerifier(pem: string): PassportVerifier {
  const key = createPublicKey(pem);
  return (input, signature) =>
    new Promise((resolve, reject) => {
      verify('sha256', input, { key, dsaEncoding }, signature, (error, isRight) => {
        if (error === null) resolve(isRight);
        else reject(error);
      });
    });
}
