/**
 * The certificates in the data folder: an own CA, a server certificate for our names, and one for DTLS. Made at first start, renewed when
 * less than 30 days are left or the names changed. One that our CA did not issue was put there by the operator, and is left alone.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { RandomBytes } from '../ids/index.ts';
import { backdateMs, dayMs, standing, writeCertificate, writeKey } from './certificate-files.ts';
import { type DomainCertificate, readDomainCertificates, readPair } from './domain-certificates.ts';
import { type DtlsCertificate, ensureDtlsCertificate } from './ensure-dtls-certificate.ts';
import { certificateUnusable } from './errors.ts';
import { issueCertificate } from './issue-certificate.ts';

export interface ServerCertificates {
  /** Server certificate, then the CA's: what TLS shows. */
  readonly certPem: string;
  readonly keyPem: string;
  /** What phones may be told to trust. */
  readonly caPem: string;
  readonly validToUtcMs: number;
  readonly dtls: DtlsCertificate;
  /** Of single domains, put there by the operator. */
  readonly domains: readonly DomainCertificate[];
  /** Made or renewed just now. */
  readonly renewed: boolean;
}

export interface CertificateOptions {
  readonly folder: string;
  /** DNS names and IP addresses that peers reach us by. */
  readonly names: readonly string[];
  readonly nowUtcMs: number;
  readonly random: RandomBytes;
}

const caDays = 3_650;
const serverDays = 365;
const caName = 'Ringdown local CA';

export function ensureCertificates(options: CertificateOptions): ServerCertificates {
  const { folder, nowUtcMs } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(folder, name);
  const foreign = existsSync(path('server.pem')) && !existsSync(path('ca.key'));
  if (foreign) return read(options, false);
  const ca = ensureCa(options);
  if (isOperators(path('server.pem'), ca)) return read(options, false);
  const own = standing(path('server.pem'), path('server.key'), nowUtcMs);
  if (!ca.renewed && own !== undefined && covers(own, options.names)) return read(options, false);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const certPem = issueCertificate(
    {
      commonName: options.names[0] ?? 'ringdown',
      names: options.names,
      publicKey,
      issuer: { commonName: caName, publicKey: ca.publicKey, privateKey: ca.privateKey },
      isCa: false,
      fromUtcMs: nowUtcMs - backdateMs,
      toUtcMs: nowUtcMs + serverDays * dayMs,
    },
    options.random,
  );
  writeKey(path('server.key'), privateKey);
  writeCertificate(path('server.pem'), certPem + readFileSync(path('ca.pem'), 'utf8'));
  return read(options, true);
}

function isOperators(certFile: string, ca: ReturnType<typeof ensureCa>): boolean {
  if (ca.renewed || !existsSync(certFile)) return false;
  return !readCertificate(certFile).verify(ca.publicKey);
}

function readCertificate(file: string): X509Certificate {
  try {
    return new X509Certificate(readFileSync(file));
  } catch (error) {
    throw certificateUnusable(file, error instanceof Error ? error.message : String(error), error);
  }
}

function ensureCa({ folder, nowUtcMs, random }: CertificateOptions) {
  const [certFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  if (standing(certFile, keyFile, nowUtcMs) !== undefined) {
    const privateKey = createPrivateKey(readFileSync(keyFile));
    return { privateKey, publicKey: createPublicKey(privateKey), renewed: false };
  }
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { commonName: caName, publicKey, privateKey };
  const fromUtcMs = nowUtcMs - backdateMs;
  const toUtcMs = nowUtcMs + caDays * dayMs;
  const certPem = issueCertificate(
    { commonName: caName, names: [], publicKey, issuer, isCa: true, fromUtcMs, toUtcMs },
    random,
  );
  writeKey(keyFile, privateKey);
  writeCertificate(certFile, certPem);
  return { privateKey, publicKey, renewed: true };
}

function read(options: CertificateOptions, renewed: boolean): ServerCertificates {
  const { folder } = options;
  const caFile = join(folder, 'ca.pem');
  return {
    ...readPair(join(folder, 'server.pem'), join(folder, 'server.key')),
    caPem: existsSync(caFile) ? readFileSync(caFile, 'utf8') : '',
    dtls: ensureDtlsCertificate(options),
    domains: readDomainCertificates(join(folder, 'domains')),
    renewed,
  };
}

function covers(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.every(
    (name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined,
  );
}
