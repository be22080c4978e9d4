/** Certificates as files: written whole or not at all, keys for their owner only; and how long one still holds. */
import { type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

export const dayMs = 86_400_000;
/** One with less than this left is renewed. */
const renewDays = 30;
/** Peers' clocks may be behind. */
export const backdateMs = 3_600_000;

/** The certificate of these two files while it holds long enough. */
export function standing(certFile: string, keyFile: string, nowUtcMs: number): X509Certificate | undefined {
  if (!existsSync(certFile) || !existsSync(keyFile)) return undefined;
  const certificate = new X509Certificate(readFileSync(certFile));
  const daysLeft = (certificate.validToDate.getTime() - nowUtcMs) / dayMs;
  return daysLeft < renewDays ? undefined : certificate;
}

export function writeKey(file: string, key: KeyObject): void {
  write(file, String(key.export({ type: 'pkcs8', format: 'pem' })), 0o600);
}

export function writeCertificate(file: string, pem: string): void {
  write(file, pem, 0o644);
}

/** Beside, then renamed. */
function write(file: string, text: string, mode: number): void {
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}
