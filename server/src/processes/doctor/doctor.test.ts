import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ensureCertificates } from '#base/certificates';
import type { BootstrapConfig } from '#base/config';
import { bootstrapSchema } from '#base/config';
import { createSeededRandom } from '#base/ids';
import { checkCertificates } from './check-certificates.ts';
import { checkClock } from './check-clock.ts';
import { checkDisk } from './check-disk.ts';
import { checkLimits } from './check-limits.ts';
import { checkNat } from './check-nat.ts';
import { checkServer } from './check-server.ts';
import type { Finding } from './finding.ts';
import { checkNode, formatFindings } from './run-doctor.ts';

const root = mkdtempSync(join(tmpdir(), 'ringdown-doctor-'));
after(() => rmSync(root, { recursive: true }));
const dayMs = 86_400_000;
const verdicts = (findings: readonly Finding[]) => findings.map(({ verdict }) => verdict);
const settings = (more: object = {}) => bootstrapSchema.parse(more);

const utcMs = Date.UTC(2026, 10, 21);
const clocks: readonly [string, Parameters<typeof checkClock>[0], string, RegExp][] = [
  ['kept by NTP', { utcMs, driftMs: 0.2, isSynchronized: true }, 'ok', /kept right/],
  ['nobody says', { utcMs, driftMs: 0.2, isSynchronized: undefined }, 'ok', /does not say/],
  ['not kept', { utcMs, driftMs: 0.2, isSynchronized: false }, 'warning', /no time service/],
  ['being set', { utcMs, driftMs: -3_600_000, isSynchronized: true }, 'warning', /moved by -3600000 ms/],
  ['1970', { utcMs: 1000, driftMs: 0, isSynchronized: true }, 'failure', /1970-01-01/],
];
for (const [what, reading, verdict, words] of clocks)
  test(`clock: ${what}`, () => {
    const [finding] = checkClock(reading);
    assert.equal(finding?.verdict, verdict);
    assert.match(finding?.what ?? '', words);
  });

const limits: readonly [string, string, string][] = [
  ['1048576 1048576', 'ok', 'enough'],
  ['unlimited unlimited', 'ok', 'enough'],
  ['1024 20000', 'warning', 'about 131 calls'],
  ['512 4096', 'failure', 'about 3 calls'],
];
for (const [row, verdict, words] of limits)
  test(`file limits: ${row}`, () => {
    const text = `Limit  Soft Limit  Hard Limit  Units\nMax open files  ${row.replace(' ', '   ')}   files\n`;
    const [finding] = checkLimits(text, settings());
    assert.equal(finding?.verdict, verdict);
    assert.ok(finding?.what.includes(words));
  });

test('file limits: a hard limit that is too low is said too; a system without limits says nothing', () => {
  const [finding] = checkLimits('Max open files 1024 4096 files', settings());
  assert.match(finding?.advice ?? '', /hard limit is 4096.*must be raised too/s);
  assert.deepEqual(checkLimits('', settings()), []);
});

const nats: readonly [string, string[], object, string[]][] = [
  ['a public address', ['127.0.0.1', '203.0.113.5'], {}, ['ok']],
  ['private addresses only', ['127.0.0.1', '192.168.1.5', 'fd00::5', '100.64.0.1'], {}, ['warning']],
  ['1:1 NAT, advertised', ['192.168.1.5'], { advertisedAddress: '203.0.113.5' }, ['ok']],
  ['a private address is advertised', ['192.168.1.5'], { advertisedAddress: '10.0.0.1' }, ['warning']],
  ['an address that no interface has', ['203.0.113.5'], { listen: ['203.0.113.9'] }, ['warning', 'ok']],
  ['loopback only', ['127.0.0.1'], {}, ['ok']],
];
for (const [what, addresses, sip, expected] of nats)
  test(`nat: ${what}`, () => assert.deepEqual(verdicts(checkNat(addresses, settings({ sip }))), expected));

test('certificates: good, running out, run out, a foreign key, one missing, a name missing', () => {
  const folder = join(root, 'certificates');
  assert.deepEqual(verdicts(checkCertificates({ folder, names: [], nowUtcMs: Date.now() })), ['ok'], 'none yet');
  const nowUtcMs = Date.now();
  const make = () => ensureCertificates({ folder, names: ['pbx.test'], nowUtcMs, random: createSeededRandom(1) });
  make();
  const check = (days: number, names = ['pbx.test']) =>
    verdicts(checkCertificates({ folder, names, nowUtcMs: nowUtcMs + days * dayMs }));
  assert.deepEqual(check(0), ['ok', 'ok']);
  assert.deepEqual(check(350), ['warning', 'warning']);
  assert.deepEqual(check(400), ['failure', 'failure']);
  assert.deepEqual(check(-2), ['failure', 'failure'], 'the clock is wrong');
  assert.deepEqual(check(0, ['pbx.test', 'other.test', '192.0.2.1']), ['ok', 'ok', 'warning']);
  rmSync(join(folder, 'dtls.key'));
  assert.deepEqual(check(0), ['ok', 'failure']);
  writeFileSync(join(folder, 'server.key'), 'no key');
  assert.deepEqual(check(0), ['failure', 'failure']);
});

test('disk: room is said; a folder or key that others may read is a failure', () => {
  const data = join(root, 'data');
  const keyFile = join(data, 'secret.key');
  assert.deepEqual(verdicts(checkDisk({ data, keyFile })).slice(1), [], 'before the first start');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(keyFile, 'k', { mode: 0o600 });
  assert.deepEqual(verdicts(checkDisk({ data, keyFile })).slice(1), []);
  chmodSync(keyFile, 0o644);
  chmodSync(data, 0o755);
  assert.deepEqual(verdicts(checkDisk({ data, keyFile })).slice(1), ['failure', 'failure']);
});

test('the running server: media that is gone, DSCP that cannot be set, a thread that does not keep up', () => {
  const good = { ioKind: 'io_uring', capabilities: ['relay', 'dscp'] };
  const delay = { p99Ms: 1, maxMs: 5 };
  assert.deepEqual(verdicts(checkServer(null)), ['ok']);
  assert.deepEqual(verdicts(checkServer({ calls: 2, media: [good], eventLoopDelay: delay })), ['ok', 'ok', 'ok']);
  const bad = {
    media: [null, { ioKind: 'dgram', capabilities: ['relay'] }],
    eventLoopDelay: { p99Ms: 80, maxMs: 900 },
  };
  assert.deepEqual(verdicts(checkServer(bad)), ['ok', 'failure', 'ok', 'warning', 'warning']);
  const config = (dscp: number) => ({ sip: { dscp }, media: { gatherMs: 1 } }) as BootstrapConfig;
  for (const [ioKind, gathered] of [
    ['io_uring', ', gathered for up to 1 ms under load'],
    ['epoll', ', gathered for up to 1 ms under load'],
    ['dgram', ''],
  ] as const) {
    const [, , media] = checkServer({ config: config(40), media: [{ ...good, ioKind }] });
    assert.equal(media?.what, `media process 0: packets by ${ioKind}${gathered}`);
  }
  const [, marked] = checkServer({ config: config(40) });
  assert.deepEqual(
    [marked?.verdict, marked?.what.slice(0, 50)],
    ['warning', 'signalling packets cannot be marked (DSCP 40): the'],
  );
  assert.deepEqual(verdicts(checkServer({ config: config(0) })), ['ok']);
  const sipDatagrams = { by: 'system-calls', why: null } as const;
  const [, direct, most] = checkServer({ config: config(40), sipDatagrams });
  assert.equal(direct?.what, 'SIP datagrams by system calls');
  assert.equal(most?.what.slice(0, 60), 'signalling packets over TCP, TLS and IPv6 cannot be marked (');
  const [, plain] = checkServer({ config: config(0), sipDatagrams: { by: 'dgram', why: 'no /proc' } });
  assert.equal(plain?.what, 'SIP datagrams by node:dgram: no /proc');
});

test('Node', () => {
  assert.deepEqual(
    ['20.1.0', '24.0.0', '26.10.0'].flatMap((version) => verdicts(checkNode(version))),
    ['failure', 'warning', 'ok'],
  );
});

test('findings as text: verdict, check, what, and below it what to do', () => {
  const text = formatFindings([
    { check: 'node', verdict: 'ok', what: 'Node 26' },
    { check: 'ports', verdict: 'failure', what: 'taken', advice: 'Choose another.' },
  ]);
  assert.equal(
    text,
    [
      'ok    node   Node 26',
      'FAIL  ports  taken',
      '             Choose another.',
      '',
      '1 failures, 0 warnings, 1 ok',
    ].join('\n'),
  );
});
