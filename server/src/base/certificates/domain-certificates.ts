/**
 * Certificates of single domains, put by the operator into the folder `domains`: `NAME.pem` (the certificate, then its issuers) and `NAME.key`. Shown by
 * SNI to who asks for a name that they are for.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { certificateUnusable } from './errors.ts';

export interface DomainCertificate {
  /** Of its files, without the ending. */
  readonly name: string;
  readonly certPem: string;
  readonly keyPem: string;
  readonly validToUtcMs: number;
}

/** @throws AppError `certificates.unusable` */
export function readDomainCertificates(folder: string): readonly DomainCertificate[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.pem'))
    .sort()
    .map((file) => {
      const name = file.slice(0, -'.pem'.length);
      return { name, ...readPair(join(folder, file), join(folder, `${name}.key`)) };
    });
}

/** A certificate and its key, which belong together. @throws AppError `certificates.unusable` */
export function readPair(certFile: string, keyFile: string): Omit<DomainCertificate, 'name'> {
  try {
    const certPem = readFileSync(certFile, 'utf8');
    const keyPem = readFileSync(keyFile, 'utf8');
    const certificate = new X509Certificate(certPem);
    if (certificate.checkPrivateKey(createPrivateKey(keyPem)))
      return { certPem, keyPem, validToUtcMs: certificate.validToDate.getTime() };
  } catch (error) {
    throw certificateUnusable(certFile, error instanceof Error ? error.message : String(error), error);
  }
  throw certificateUnusable(certFile, `${keyFile} is not its key`);
}
