import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { bootstrapSchema } from '#base/config';
import { createLog } from '#base/log';
import { openTrace } from './open-trace.ts';

const log = createLog({ level: 'silent', process: 'test' });
const data = mkdtempSync(join(tmpdir(), 'ringdown-open-trace-'));
after(() => rmSync(data, { recursive: true }));

const message = {
  direction: 'in',
  utcMs: Date.UTC(2026, 0, 1),
  monotonicMs: 0,
  callId: 'one@a',
  flow: { kind: 'udp', local: { address: '192.0.2.1', port: 5060 }, remote: { address: '192.0.2.9', port: 5060 } },
  bytes: Buffer.from('BYE sip:a@b SIP/2.0\r\nAuthorization: Digest response="s3cr3t"\r\nCall-ID: one@a\r\n\r\n'),
} as const;

test('a collector that is set is sent each message, masked, without being asked', async () => {
  const collector = createSocket('udp4');
  const received: string[] = [];
  collector.on('message', (bytes) => received.push(bytes.toString('latin1')));
  await new Promise<void>((done) => collector.bind(0, '127.0.0.1', () => done()));
  const collecting = { hepAddress: '127.0.0.1', hepPort: collector.address().port };
  const folder = join(data, 'sent');
  const trace = openTrace({ config: bootstrapSchema.parse({ log: collecting }), folder, log });
  trace.message(message);
  const endMs = performance.now() + 10_000;
  while (received.length === 0) {
    assert.ok(performance.now() < endMs, 'no packet came');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await trace.close();
  collector.close();
  assert.match(received[0] ?? '', /^HEP3[\s\S]*BYE sip:a@b[\s\S]*response="\*\*\*"/);
  assert.deepEqual(readdirSync(folder), ['trace-000001.bin']);
});

test('with no room on disk it is kept in memory only', async () => {
  const folder = join(data, 'none');
  const config = bootstrapSchema.parse({ log: { traceDiskMb: 0 } });
  const trace = openTrace({ config, folder, log });
  trace.message(message);
  await trace.close();
  assert.equal((await trace.find('one@a'))?.entries.length, 1);
  assert.equal(existsSync(folder), false);
});
