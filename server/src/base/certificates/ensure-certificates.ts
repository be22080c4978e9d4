/**
 * The certificates in the data folder: an own CA and a server certificate for our names. Made at first start, renewed when
 * less than 30 days are left or the names changed. Put there by the operator (no ca.key beside them), they are left alone.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { RandomBytes } from '../ids/index.ts';
import { issueCertificate } from './issue-certificate.ts';

export interface ServerCertificates {
  /** Server certificate, then the CA's: what TLS shows. */
  readonly certPem: string;
  readonly keyPem: string;
  /** What phones may be told to trust. */
  readonly caPem: string;
  readonly validToUtcMs: number;
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

const dayMs = 86_400_000;
const caDays = 3_650;
const serverDays = 365;
const renewDays = 30;
/** Peers' clocks may be behind. */
const backdateMs = 3_600_000;
const caName = 'Ringdown local CA';

export function ensureCertificates(options: CertificateOptions): ServerCertificates {
  const { folder, nowUtcMs } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = (name: string) => join(folder, name);
  const foreign = existsSync(path('server.pem')) && !existsSync(path('ca.key'));
  if (foreign) return read(folder, false);
  const ca = ensureCa(options);
  if (!ca.renewed && existsSync(path('server.pem')) && existsSync(path('server.key'))) {
    const standing = new X509Certificate(readFileSync(path('server.pem')));
    if (daysLeft(standing, nowUtcMs) >= renewDays && covers(standing, options.names)) return read(folder, false);
  }
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
  write(path('server.key'), pemOf(privateKey), 0o600);
  write(path('server.pem'), certPem + readFileSync(path('ca.pem'), 'utf8'), 0o644);
  return read(folder, true);
}

function ensureCa({ folder, nowUtcMs, random }: CertificateOptions) {
  const [certFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  if (existsSync(certFile) && existsSync(keyFile)) {
    const standing = new X509Certificate(readFileSync(certFile));
    if (daysLeft(standing, nowUtcMs) >= renewDays) {
      const privateKey = createPrivateKey(readFileSync(keyFile));
      return { privateKey, publicKey: createPublicKey(privateKey), renewed: false };
    }
  }
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { commonName: caName, publicKey, privateKey };
  const fromUtcMs = nowUtcMs - backdateMs;
  const toUtcMs = nowUtcMs + caDays * dayMs;
  const certPem = issueCertificate(
    { commonName: caName, names: [], publicKey, issuer, isCa: true, fromUtcMs, toUtcMs },
    random,
  );
  write(keyFile, pemOf(privateKey), 0o600);
  write(certFile, certPem, 0o644);
  return { privateKey, publicKey, renewed: true };
}

function read(folder: string, renewed: boolean): ServerCertificates {
  const certPem = readFileSync(join(folder, 'server.pem'), 'utf8');
  const caFile = join(folder, 'ca.pem');
  return {
    certPem,
    keyPem: readFileSync(join(folder, 'server.key'), 'utf8'),
    caPem: existsSync(caFile) ? readFileSync(caFile, 'utf8') : '',
    validToUtcMs: new X509Certificate(certPem).validToDate.getTime(),
    renewed,
  };
}

function covers(certificate: X509Certificate, names: readonly string[]): boolean {
  return names.every(
    (name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined,
  );
}

function daysLeft(certificate: X509Certificate, nowUtcMs: number): number {
  return (certificate.validToDate.getTime() - nowUtcMs) / dayMs;
}

function pemOf(key: KeyObject): string {
  return String(key.export({ type: 'pkcs8', format: 'pem' }));
}

/** Whole or not at all: beside, then renamed. */
function write(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}
