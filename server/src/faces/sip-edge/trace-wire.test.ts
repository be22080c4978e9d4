import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Flow } from '@ringdown/sip';
import { createManualTime } from '#base/clock';
import { createTrace, explain } from '#services/trace';
import { traceWire } from './trace-wire.ts';

const address = (host: string, port: number) => ({ family: 4, address: host, port }) as const;
const flow: Flow = {
  id: 1,
  kind: 'tls',
  reliable: true,
  secure: true,
  local: address('192.0.2.1', 5061),
  remote: address('192.0.2.9', 40_000),
  advertised: { host: '192.0.2.1', port: 5061 },
};
const bytesOf = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
const bye = bytesOf('BYE sip:a@b SIP/2.0\nCall-ID: one@a\n\n');

function scene() {
  const trace = createTrace({
    folder: null,
    maskSdp: (text) => text,
    after: () => undefined,
    onFault: (error) => assert.fail(String(error)),
  });
  const time = createManualTime();
  return { trace, time, tap: traceWire(trace, time) };
}

test('what came, what left and what could not leave stand together under their Call-ID', async () => {
  const { trace, tap } = scene();
  tap.received(bye, flow, null);
  tap.sent(bytesOf('SIP/2.0 200 OK\nCall-ID: one@a\n\n'), flow);
  tap.sendFailed(bytesOf('SIP/2.0 200 OK\nCall-ID: one@a\n\n'), flow, { code: 'closed', detail: 'gone' });
  const found = await trace.find('one@a');
  assert.deepEqual(
    found?.entries.map((entry) => [entry.direction, entry.failure?.code, entry.flow.remote.port]),
    [
      ['in', undefined, 40_000],
      ['out', undefined, 40_000],
      ['out', 'closed', 40_000],
    ],
  );
});

test('what cannot be read is filed with its failure, and under its source where it has no Call-ID', async () => {
  const { trace, tap } = scene();
  const failure = { code: 'malformed-header', status: 400, reason: 'Malformed To' } as const;
  tap.received(bye, flow, failure);
  tap.received(bytesOf('GET / HTTP/1.1\n\n'), flow, { code: 'start-line', status: 400, reason: 'Bad start line' });
  assert.deepEqual((await trace.find('one@a'))?.entries[0]?.failure, {
    code: 'malformed-header',
    detail: 'Malformed To',
  });
  assert.equal((await trace.find('unreadable@192.0.2.9'))?.entries.length, 1);
});

test('a flood of rubbish is kept in part only; messages with a Call-ID all', async () => {
  const { trace, tap, time } = scene();
  const failure = { code: 'start-line', status: 400, reason: 'Bad start line' } as const;
  for (let n = 0; n < 100; n++) {
    tap.received(bytesOf('rubbish'), flow, failure);
    tap.received(bye, flow, null);
  }
  assert.equal((await trace.find('unreadable@192.0.2.9'))?.entries.length, 10);
  assert.equal((await trace.find('one@a'))?.entries.length, 100);
  time.advance(1000);
  tap.received(bytesOf('rubbish'), flow, failure);
  assert.equal((await trace.find('unreadable@192.0.2.9'))?.entries.length, 11);
});

test('a TLS connection that came to nothing is found by the address it came from', async () => {
  const { trace, tap } = scene();
  tap.handshakeFailed?.(flow.remote, flow.local, { code: 'tls', detail: '192.0.2.9:40000: alert unknown ca' });
  const found = await trace.find('192.0.2.9');
  assert.equal(found?.entries.length, 1);
  assert.match(
    explain(undefined, found).text,
    /^No TLS connection with 192\.0\.2\.9:40000 could be made: alert unknown ca\./,
  );
});
