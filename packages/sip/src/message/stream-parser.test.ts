import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from './limits.ts';
import type { SipRequest } from './request.ts';
import type { SipResponse } from './response.ts';
import { StreamParser, type StreamParserOptions, type StreamSink } from './stream-parser.ts';

class Recorder implements StreamSink {
  readonly log: string[] = [];
  onMessage(message: SipRequest | SipResponse): void {
    const name = message.kind === 'request' ? message.method : message.status;
    this.log.push(`${name} ${message.cseq.seq} [${Buffer.from(message.body).toString('latin1')}]`);
  }
  onPing(): void {
    this.log.push('ping');
  }
  onPong(): void {
    this.log.push('pong');
  }
  onFailure(failure: { code: string; header?: string }, isFatal: boolean): void {
    this.log.push(
      `${isFatal ? 'fatal' : 'skipped'} ${failure.code}${failure.header === undefined ? '' : ` ${failure.header}`}`,
    );
  }
}

function message(seq: number, body: string, extra = ''): string {
  return (
    `MESSAGE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK${seq}\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\n` +
    `Call-ID: c\r\nCSeq: ${seq} MESSAGE\r\n${extra}Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

function feed(text: string, sizes: number, options?: StreamParserOptions): string[] {
  const recorder = new Recorder();
  const parser = new StreamParser(recorder, options);
  const bytes = Buffer.from(text, 'latin1');
  for (let i = 0; i < bytes.length; i += sizes) parser.push(new Uint8Array(bytes.subarray(i, i + sizes)));
  return recorder.log;
}

const flood = message(1, 'hello') + message(2, '') + message(3, 'x'.repeat(3_000)) + message(4, 'two\r\n\r\nlines\r\n');
const flooded = [
  'MESSAGE 1 [hello]',
  'MESSAGE 2 []',
  `MESSAGE 3 [${'x'.repeat(3_000)}]`,
  'MESSAGE 4 [two\r\n\r\nlines\r\n]',
];

for (const size of [1, 2, 3, 7, 64, 500, 1_460, 100_000]) {
  test(`RFC 3261 §18.3: messages are framed by Content-Length, in pieces of ${size} bytes`, () => {
    assert.deepEqual(feed(flood, size), flooded);
  });
}

test('RFC 5626 §3.5.1: double CRLF is a ping, single CRLF a pong to the side that opened', () => {
  assert.deepEqual(feed(`\r\n\r\n${message(1, '')}\r\n\r\n`, 100_000), ['ping', 'MESSAGE 1 []', 'ping']);
  assert.deepEqual(feed(`\r\n${message(1, '')}`, 100_000, { role: 'opened' }), ['pong', 'MESSAGE 1 []']);
  assert.deepEqual(feed('\r\n', 100_000, { role: 'opened' }), ['pong']);
  assert.deepEqual(feed('\r\n\r\n', 2), ['ping'], 'a ping in two pieces');
  assert.deepEqual(feed('\r\n\r\n', 1), ['ping'], 'a ping in four pieces');
  assert.deepEqual(feed(`\r\n${message(1, '')}\r\n${message(2, '')}`, 1), ['MESSAGE 1 []', 'MESSAGE 2 []']);
});

test('a message without Content-Length ends the stream', () => {
  const text = message(1, '').replace('Content-Length: 0\r\n', '');
  assert.deepEqual(feed(text + message(2, ''), 100_000), ['fatal content-length Content-Length']);
});

test('a message that fails to parse is skipped where its end is known, body included', () => {
  const broken = message(1, 'body').replace('To: <sip:b@h>\r\n', '');
  for (const size of [1, 10, 100_000]) {
    assert.deepEqual(feed(broken + message(2, 'ok'), size), ['skipped missing-header To', 'MESSAGE 2 [ok]']);
  }
});

const fatal: readonly { readonly why: string; readonly text: string; readonly code: string }[] = [
  {
    why: 'two Content-Lengths',
    text: message(1, '', 'Content-Length: 5\r\n'),
    code: 'fatal repeated-header Content-Length',
  },
  {
    why: 'negative Content-Length',
    text: message(1, '').replace(': 0', ': -9'),
    code: 'fatal content-length Content-Length',
  },
  { why: 'a bare LF in a header', text: message(1, '', 'X: a\nY: b\r\n'), code: 'fatal line-ending X' },
  { why: 'no SIP at all', text: `GET / HTTP/1.1\r\nHost: x\r\n\r\n`, code: 'fatal start-line' },
  { why: 'a body above the limit', text: message(1, '').replace(': 0', ': 2000000'), code: 'fatal body-too-long' },
  {
    why: 'a head above the limit',
    text: `${message(1, '').slice(0, -2)}${`X: ${'y'.repeat(900)}\r\n`.repeat(80)}`,
    code: 'fatal head-too-long',
  },
];
for (const { why, text, code } of fatal) {
  test(`what cannot be framed is fatal: ${why}`, () => {
    assert.deepEqual(feed(text + message(2, ''), 100_000), [code]);
  });
}

test('bytes held back are bounded by the limits and searched once', () => {
  const recorder = new Recorder();
  const parser = new StreamParser(recorder, { limits: { ...DEFAULT_LIMITS, headBytes: 2_000 } });
  const startMs = performance.now();
  for (let i = 0; i < 3_000; i++) parser.push(new Uint8Array([0x41]));
  assert.deepEqual(recorder.log, ['fatal head-too-long']);
  assert.equal(parser.heldBytes, 0);
  assert.ok(performance.now() - startMs < 2_000);
});

test('a borrowed chunk may be overwritten after push', () => {
  const bodies: Uint8Array[] = [];
  const sink = new Recorder();
  sink.onMessage = (made) => bodies.push(made.body);
  const parser = new StreamParser(sink, { isBorrowed: true });
  const chunk = new Uint8Array(Buffer.from(message(1, 'kept')));
  parser.push(chunk);
  chunk.fill(0);
  assert.equal(Buffer.from(bodies[0]!).toString(), 'kept');
});
