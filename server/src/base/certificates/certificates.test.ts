import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createSeededRandom } from '../ids/index.ts';
import { encodeDer, objectId, time, unsigned } from './encode-der.ts';
import { CertificateKeeper, ensureCertificates } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'ringdown-tls-'));
after(() => rmSync(root, { recursive: true }));
const dayMs = 86_400_000;
const names = ['pbx.test', '192.0.2.10', '2001:db8::7', '::ffff:192.0.2.1'];
const ensure = (folder: string, more: object = {}) =>
  ensureCertificates({
    folder: join(root, folder),
    names,
    nowUtcMs: Date.now(),
    random: createSeededRandom(5),
    ...more,
  });

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('X.690: tags, lengths, integers, object ids and times as bytes', () => {
  assert.equal(hex(encodeDer(0x04, new Uint8Array(127))).slice(0, 4), '047f');
  assert.equal(hex(encodeDer(0x04, new Uint8Array(128))).slice(0, 6), '048180');
  assert.equal(hex(encodeDer(0x04, new Uint8Array(300))).slice(0, 8), '0482012c');
  assert.equal(hex(unsigned(Uint8Array.of(0x80))), '02020080');
  assert.equal(hex(unsigned(Uint8Array.of(0, 0, 5))), '020105');
  assert.equal(hex(objectId('1.2.840.10045.4.3.2')), '06082a8648ce3d040302');
  assert.equal(Buffer.from(time(Date.UTC(2026, 0, 2, 3, 4, 5))).toString('latin1', 2), '260102030405Z');
  assert.equal(Buffer.from(time(Date.UTC(2050, 0, 1))).toString('latin1', 2), '20500101000000Z');
});

test('openssl verifies the server certificate against our CA, for DNS names and addresses of both families', () => {
  ensure('verify');
  const folder = join(root, 'verify');
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const verify = (...check: string[]) =>
    openssl(
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-CAfile',
      join(folder, 'ca.pem'),
      ...check,
      join(folder, 'server.pem'),
    );
  for (const name of ['-verify_hostname pbx.test', '-verify_ip 192.0.2.10', '-verify_ip 2001:db8::7']) {
    assert.match(verify(...name.split(' ')), /server\.pem: OK/);
  }
  assert.throws(() => verify('-verify_hostname', 'other.test'));
  assert.match(openssl('x509', '-in', join(folder, 'ca.pem'), '-noout', '-text'), /CA:TRUE, pathlen:0/);
});

test('the certificate carries every name, its key fits, and keys are for their owner only', () => {
  const made = ensure('fit');
  const certificate = new X509Certificate(made.certPem);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(made.keyPem)));
  assert.ok(certificate.verify(new X509Certificate(made.caPem).publicKey));
  for (const name of names) assert.ok(certificate.checkHost(name) ?? certificate.checkIP(name), name);
  for (const file of ['ca.key', 'server.key']) assert.equal(statSync(join(root, 'fit', file)).mode & 0o777, 0o600);
});

test('renewal: only when less than 30 days are left or a name is missing; the CA stays', () => {
  const nowUtcMs = Date.now();
  const first = ensure('renew', { nowUtcMs });
  assert.equal(first.renewed, true);
  const cases: readonly [string, object, boolean][] = [
    ['at once', { nowUtcMs }, false],
    ['31 days before the end', { nowUtcMs: first.validToUtcMs - 31 * dayMs }, false],
    ['another name', { nowUtcMs, names: [...names, 'new.test'] }, true],
    ['29 days before the end', { nowUtcMs: first.validToUtcMs - 29 * dayMs }, true],
  ];
  for (const [title, more, renewed] of cases) {
    const now = ensure('renew', more);
    assert.equal(now.renewed, renewed, title);
    assert.equal(now.caPem, first.caPem, title);
  }
});

test('RFC 8122 §5: the DTLS certificate is self-signed, its own, and its fingerprint is what openssl says', () => {
  const nowUtcMs = Date.now();
  const { dtls, certPem } = ensure('dtls', { nowUtcMs });
  const certificate = new X509Certificate(dtls.certPem);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.ok(certificate.checkPrivateKey(createPrivateKey(dtls.keyPem)));
  assert.notEqual(new X509Certificate(certPem).fingerprint256, dtls.fingerprint);
  const file = join(root, 'dtls', 'dtls.pem');
  const said = execFileSync('openssl', ['x509', '-in', file, '-noout', '-fingerprint', '-sha256'], {
    encoding: 'utf8',
  });
  assert.equal(said.trim().split('=')[1], dtls.fingerprint);
  assert.equal(statSync(join(root, 'dtls', 'dtls.key')).mode & 0o777, 0o600);
  assert.equal(ensure('dtls', { nowUtcMs }).dtls.fingerprint, dtls.fingerprint);
  assert.notEqual(ensure('dtls', { nowUtcMs: nowUtcMs + 340 * dayMs }).dtls.fingerprint, dtls.fingerprint);
});

test("an operator's own certificate is left alone", () => {
  ensure('own');
  rmSync(join(root, 'own', 'ca.key'));
  const before = ensure('own', { names: ['other.test'], nowUtcMs: Date.now() + 360 * dayMs });
  assert.equal(before.renewed, false);
});

test("an operator's certificate beside our CA is left alone as well", () => {
  ensure('beside');
  ensure('elsewhere');
  for (const file of ['server.pem', 'server.key'])
    copyFileSync(join(root, 'elsewhere', file), join(root, 'beside', file));
  const { certPem, renewed } = ensure('beside', { names: ['other.test'] });
  assert.equal(renewed, false);
  assert.ok(new X509Certificate(certPem).checkHost('pbx.test'));
});

function keeper(folder: string) {
  const options = { folder: join(root, folder), names, nowUtcMs: () => Date.now(), random: createSeededRandom(5) };
  const kept = new CertificateKeeper(options);
  const told: string[] = [];
  kept.onChanged = ({ certPem, domains }) =>
    told.push(
      [certPem, ...domains.map((domain) => domain.certPem)].map((pem) => new X509Certificate(pem).serialNumber).join(),
    );
  kept.onUnusable = (error) => told.push((error as { code: string }).code);
  return { kept, told, serial: new X509Certificate(kept.current.certPem).serialNumber };
}

test('reload without restart: a changed pair is taken, a half-copied one is reported once and what was good stays', () => {
  const { kept, told, serial } = keeper('kept');
  const other = ensure('other', { random: createSeededRandom(9) });
  kept.tick(0);
  assert.deepEqual(told, []);
  writeFileSync(join(root, 'kept', 'server.pem'), other.certPem);
  kept.tick(5_000);
  assert.deepEqual(told, [], 'not yet looked at');
  for (const nowMs of [10_000, 20_000]) kept.tick(nowMs);
  assert.deepEqual(told, ['certificates.unusable']);
  assert.equal(new X509Certificate(kept.current.certPem).serialNumber, serial);
  assert.throws(() => kept.reload(), { code: 'certificates.unusable' });
  writeFileSync(join(root, 'kept', 'server.key'), other.keyPem);
  kept.tick(30_000);
  assert.deepEqual(told.slice(1), [new X509Certificate(other.certPem).serialNumber]);
});

test('certificates of domains are read from their folder, come and go while the server runs', () => {
  const { kept, told, serial } = keeper('domains');
  const other = ensure('of-domain', { random: createSeededRandom(10) });
  const folder = join(root, 'domains', 'domains');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.test.pem'), other.certPem);
  kept.tick(0);
  assert.deepEqual(told, ['certificates.unusable'], 'its key is missing');
  writeFileSync(join(folder, 'a.test.key'), other.keyPem);
  kept.tick(10_000);
  assert.deepEqual(told.slice(1), [`${serial},${new X509Certificate(other.certPem).serialNumber}`]);
  assert.equal(kept.current.domains[0]?.name, 'a.test');
  rmSync(folder, { recursive: true });
  kept.reload();
  assert.equal(kept.current.domains.length, 0);
});
