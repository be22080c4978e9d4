/** The certificates in the data folder: there, in time, with their keys, and for the names that phones use. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type Finding, failure, ok, warning } from './finding.ts';

const check = 'certificates';
const dayMs = 86_400_000;

export interface CertificateQuestion {
  readonly folder: string;
  /** Names and addresses that peers reach us by. */
  readonly names: readonly string[];
  readonly nowUtcMs: number;
}

export function checkCertificates(question: CertificateQuestion): Finding[] {
  const { folder, names } = question;
  if (!existsSync(join(folder, 'server.pem'))) return [ok(check, 'none yet: the first start makes them')];
  const findings = ['server', 'dtls'].flatMap((name) => checkPair(question, name));
  if (findings.some(({ verdict }) => verdict === 'failure')) return findings;
  const server = new X509Certificate(readFileSync(join(folder, 'server.pem')));
  const missing = names.filter((name) => !covers(server, name));
  if (missing.length > 0)
    findings.push(
      warning(
        check,
        `the server certificate is not for ${missing.join(', ')}`,
        'Phones that verify names refuse TLS there. Our own certificate is made anew at the next start; of another authority, get one with that name.',
      ),
    );
  return findings;
}

function checkPair({ folder, nowUtcMs }: CertificateQuestion, name: string): Finding[] {
  const [certFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  if (!existsSync(certFile) || !existsSync(keyFile))
    return [
      failure(
        check,
        `${certFile} or its key is missing`,
        'Start Ringdown anew: it makes what is missing; or restore a backup.',
      ),
    ];
  try {
    const certificate = new X509Certificate(readFileSync(certFile));
    if (!certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile))))
      return [failure(check, `${keyFile} is not the key of ${certFile}`, 'Put the pair that belongs together there.')];
    const days = Math.floor((certificate.validToDate.getTime() - nowUtcMs) / dayMs);
    const fromMs = certificate.validFromDate.getTime();
    if (fromMs > nowUtcMs)
      return [
        failure(check, `${certFile} is not valid before ${new Date(fromMs).toISOString()}`, 'Is the clock right?'),
      ];
    if (days < 0)
      return [failure(check, `${certFile} ran out ${-days} days ago`, 'Start Ringdown anew, or put a new one there.')];
    if (days < 21)
      return [warning(check, `${certFile} runs out in ${days} days`, 'Start Ringdown anew, or put a new one there.')];
    return [ok(check, `${name}: ${days} days left`)];
  } catch (error) {
    return [
      failure(check, `${certFile} cannot be read: ${String(error)}`, 'Put a certificate and its key there, both PEM.'),
    ];
  }
}

function covers(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}
