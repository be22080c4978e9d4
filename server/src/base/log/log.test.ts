import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLog, type LogLevel, masked, maskFields, maskText } from './index.ts';

function recorder(level: LogLevel = 'debug') {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ level, process: 'control', stream: { write: (line) => lines.push(JSON.parse(line)) } });
  return { log, lines };
}

test('each line of a child log carries its fields', () => {
  const { log, lines } = recorder();
  log.child({ call: 'call_1' }).child({ leg: 'leg_2' }).info({ status: 180 }, 'ringing');
  assert.equal(lines.length, 1);
  const { level, process: name, call, leg, status, msg } = lines[0] as Record<string, unknown>;
  assert.deepEqual(
    { level, name, call, leg, status, msg },
    { level: 'info', name: 'control', call: 'call_1', leg: 'leg_2', status: 180, msg: 'ringing' },
  );
});

test('a level that is off writes nothing and touches no field', () => {
  const { log, lines } = recorder('warn');
  log.info(
    {
      get expensive(): string {
        throw new TypeError('evaluated');
      },
    },
    'x',
  );
  assert.deepEqual(lines, []);
  assert.equal(log.isOn('info'), false);
  assert.equal(log.isOn('error'), true);
});

test('secrets are masked by field name at any depth, in children and in arrays', () => {
  const { log, lines } = recorder();
  log.child({ password: 'p1' }).info(
    {
      device: { ha1Md5: 'p2', list: [{ Nonce: 'p3', name: 'kept' }] },
      Authorization: 'p4',
      'proxy-authorization': 'p5',
    },
    'x',
  );
  const text = JSON.stringify(lines);
  for (const secret of ['p1', 'p2', 'p3', 'p4', 'p5']) assert.ok(!text.includes(`"${secret}"`), secret);
  assert.ok(text.includes('kept'));
});

test('secrets are masked inside protocol text, message or field', () => {
  const { log, lines } = recorder();
  const header = 'Authorization: Digest username="100", nonce="n0nce", response="s3cret", uri="sip:a"';
  log.info({ header }, `got ${header}`);
  const text = JSON.stringify(lines);
  assert.ok(!text.includes('n0nce') && !text.includes('s3cret'));
  assert.ok(text.includes('username') && text.includes('sip:a'));
});

test('maskText table', () => {
  const cases: readonly [string, string][] = [
    ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19z|2^20', `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${masked}`],
    ['response=abc,qop=auth', `response="${masked}",qop=auth`],
    ['a=ice-pwd:asd88fgpdd777', `a=ice-pwd:${masked}`],
    ['Authorization: Bearer eyJx.y', `Authorization: Bearer ${masked}`],
    ['a response came late', 'a response came late'],
    ['INVITE sip:100@a SIP/2.0', 'INVITE sip:100@a SIP/2.0'],
  ];
  for (const [text, shown] of cases) assert.equal(maskText(text), shown);
});

test('maskFields hands back the same object when nothing is secret', () => {
  const fields = { a: 1, b: { c: [1, 2] } };
  assert.equal(maskFields(fields), fields);
});

test('errors keep their code and message', () => {
  const { log, lines } = recorder();
  log.error({ err: new RangeError('too far') }, 'failed');
  assert.match(JSON.stringify(lines[0]), /too far/);
});

test('each line says the time in UTC', () => {
  const { log, lines } = recorder();
  const before = Date.now();
  for (let i = 0; i < 3; i++) log.info('now');
  for (const { time } of lines) {
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const utcMs = Date.parse(String(time));
    assert.ok(utcMs >= before && utcMs <= Date.now(), String(time));
  }
});

test('a file log holds all lines after flush', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-log-'));
  const file = join(folder, 'control.log');
  const log = createLog({ level: 'info', process: 'control', file });
  for (let i = 0; i < 50; i++) log.info({ i }, 'line');
  await log.flush();
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  assert.equal(lines.length, 50);
  assert.equal(JSON.parse(lines[49] ?? '{}').i, 49);
  rmSync(folder, { recursive: true });
});
