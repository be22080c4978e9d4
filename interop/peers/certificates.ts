/** A throw-away CA and a certificate for 127.0.0.1, for far programs that need one. Made by openssl. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './peer-process.ts';
import { expect } from './wait.ts';

export interface Certificates {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name);
  const openssl = async (...args: string[]) => {
    const made = await run({ name: 'openssl', command: 'openssl', args, folder });
    expect(made.exitCode === 0, `openssl ${args[0]} failed\n${made.tail()}`);
  };
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-days',
    '2',
    '-subj',
    '/CN=interop CA',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
  );
  await openssl(
    'req',
    '-new',
    ...key,
    '-subj',
    '/CN=127.0.0.1',
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
  );
  writeFileSync(file('server.ext'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  const signing = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('server.ext')];
  await openssl('x509', '-req', '-in', file('server.csr'), ...signing, '-days', '2', '-out', file('server.pem'));
  return { caFile: file('ca.pem'), certFile: file('server.pem'), keyFile: file('server.key') };
}
