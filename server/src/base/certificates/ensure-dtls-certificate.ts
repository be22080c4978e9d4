/**
 * The certificate of DTLS-SRTP (RFC 5763 §5): self-signed and without a name, since peers trust its fingerprint in the SDP and nothing else. Made at
 * first start, renewed like the others.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomBytes } from '../ids/index.ts';
import { backdateMs, dayMs, standing, writeCertificate, writeKey } from './certificate-files.ts';
import { issueCertificate } from './issue-certificate.ts';

export interface DtlsCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  /** SHA-256 as `a=fingerprint` writes it (RFC 8122 §5): pairs of upper-case digits with colons. */
  readonly fingerprint: string;
}

export interface DtlsOptions {
  readonly folder: string;
  readonly nowUtcMs: number;
  readonly random: RandomBytes;
}

const validDays = 365;

export function ensureDtlsCertificate({ folder, nowUtcMs, random }: DtlsOptions): DtlsCertificate {
  const [certFile, keyFile] = [join(folder, 'dtls.pem'), join(folder, 'dtls.key')];
  if (standing(certFile, keyFile, nowUtcMs) === undefined) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const commonName = 'ringdown media';
    const certPem = issueCertificate(
      {
        commonName,
        names: [],
        publicKey,
        issuer: { commonName, publicKey, privateKey },
        isCa: false,
        fromUtcMs: nowUtcMs - backdateMs,
        toUtcMs: nowUtcMs + validDays * dayMs,
      },
      random,
    );
    writeKey(keyFile, privateKey);
    writeCertificate(certFile, certPem);
  }
  const certPem = readFileSync(certFile, 'utf8');
  return { certPem, keyPem: readFileSync(keyFile, 'utf8'), fingerprint: new X509Certificate(certPem).fingerprint256 };
}
