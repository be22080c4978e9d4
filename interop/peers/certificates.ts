/** An authority and certificates by openssl: good ones, one that has expired, one for another name. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CertificateFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export class TestAuthority {
  readonly caFile: string;
  readonly #folder: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.caFile = join(folder, 'ca.pem');
    this.#openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=test', '-days', '2');
  }

  /** `subject` as in subjectAltName: `IP:127.0.0.1`, `DNS:host`. */
  issue(name: string, options: { readonly subject: string; readonly days: number }): CertificateFiles {
    const [key, request, extension, certificate] = ['key', 'csr', 'ext', 'pem'].map((kind) => `${name}.${kind}`) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(join(this.#folder, extension), `subjectAltName=${options.subject}\n`);
    this.#openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
    const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    const validity = ['-days', String(options.days), '-extfile', extension];
    this.#openssl('x509', '-req', '-in', request, ...authority, ...validity, '-out', certificate);
    return { caFile: this.caFile, certFile: join(this.#folder, certificate), keyFile: join(this.#folder, key) };
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#folder, stdio: 'ignore' });
  }
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
