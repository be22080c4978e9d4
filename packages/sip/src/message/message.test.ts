import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest } from './build-request.ts';
import { buildResponse } from './build-response.ts';
import { edit } from './edit.ts';
import { formatMessage, formatRejection } from './format-message.ts';
import { DEFAULT_LIMITS, type Limits } from './limits.ts';
import { parseMessage } from './parse-message.ts';
import type { SipRequest } from './request.ts';
import { fromWire, toWire } from './text.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));
const text = (message: Parameters<typeof formatMessage>[0]) => Buffer.from(formatMessage(message)).toString('latin1');
const rows = ['Via: SIP/2.0/UDP h;branch=z9hG4bK1', 'f: <sip:a@h>;tag=1', 'To: <sip:b@h>', 'i: c', 'CSeq: 1 INVITE'];
const build = (lines: readonly string[], body = '') => `${lines.join('\r\n')}\r\n\r\n${body}`;

function request(extra: readonly string[] = [], body = ''): SipRequest {
  const result = parseMessage(bytes(build(['INVITE sip:b@h SIP/2.0', ...rows, ...extra], body)));
  assert.ok(result.ok && result.message.kind === 'request', 'parses');
  return result.message;
}

test('RFC 3261 §7.3.3: names in any case and form', () => {
  const message = request(['k: a, b', 'SUPPORTED: c', 'x-own: 1', 'X-Own: 2, 3']);
  assert.deepEqual(message.headers('Supported'), ['a', 'b', 'c']);
  assert.equal(message.header('supported'), 'a, b');
  assert.deepEqual(message.headers('X-OWN'), ['1', '2, 3'], 'an unknown header is not split');
  assert.equal(message.header('Call-ID'), 'c');
  assert.equal(message.hasToken('supported', 'B'), true);
  assert.equal(message.header('nothing'), undefined);
  assert.deepEqual(message.rows()[1], { name: 'f', value: '<sip:a@h>;tag=1' });
});

test('RFC 3261 §18.3: a datagram longer than Content-Length is cut, a shorter one is refused, none means all', () => {
  assert.equal(Buffer.from(request(['l: 2'], 'abcd').body).toString(), 'ab');
  assert.equal(Buffer.from(request([], 'abcd').body).toString(), 'abcd');
  const short = parseMessage(bytes(build(['INVITE sip:b@h SIP/2.0', ...rows, 'l: 9'], 'abcd')));
  assert.equal(!short.ok && short.failure.code, 'body-incomplete');
});

test('a borrowed datagram may be overwritten; CRLF before the start line is skipped; keep-alives say so', () => {
  const source = bytes(`\r\n\r\n${build(['INVITE sip:b@h SIP/2.0', ...rows], 'body')}`);
  const result = parseMessage(source, { isBorrowed: true });
  assert.ok(result.ok);
  source.fill(0);
  assert.equal(Buffer.from(result.message.body).toString(), 'body');
  assert.equal(result.message.callId, 'c');
  for (const empty of ['', '\r\n', '\r\n\r\n', '\0']) {
    const none = parseMessage(bytes(empty));
    assert.equal(!none.ok && none.failure.code, 'empty');
  }
});

test('UTF-8 is read as text, anything else survives a round trip', () => {
  const wire = 'From: "J\xc3\xbcrgen" <sip:a@h>;tag=1';
  const result = parseMessage(
    bytes(build(['INVITE sip:b@h SIP/2.0', rows[0]!, wire, ...rows.slice(2), 'Subject: caf\xe9'])),
  );
  assert.ok(result.ok);
  assert.equal(result.message.from.displayName, 'Jürgen');
  const copied = edit(result.message).setHeader('X-Copy', result.message.header('Subject')!).done();
  assert.ok(text(copied).includes('X-Copy: caf\xe9\r\n'), 'a byte that is no UTF-8 is copied as it was');
  for (const sample of ['plain', 'ü', '漢字', '📞', '\xe9', '\xc3\xa9', '\xed\xa0\x80', '\xf0\x9f'])
    assert.equal(toWire(fromWire(sample.replace(/[^\0-\xff]/g, '?'))), sample.replace(/[^\0-\xff]/g, '?'));
  assert.equal(fromWire(toWire('Grüße 📞 漢')), 'Grüße 📞 漢');
  assert.equal(fromWire('\xed\xa0\x80\xc0\xaf').length, 5, 'surrogates and overlong forms are not decoded');
});

const limits: Limits = {
  ...DEFAULT_LIMITS,
  startLineBytes: 40,
  headerBytes: 60,
  headerCount: 8,
  headBytes: 400,
  bodyBytes: 10,
};
const beyond: readonly [code: string, status: number, text: string][] = [
  ['start-line-too-long', 414, build([`INVITE sip:${'b'.repeat(60)}@h SIP/2.0`, ...rows])],
  ['header-too-long', 513, build(['INVITE sip:b@h SIP/2.0', ...rows, `X: ${'y'.repeat(70)}`])],
  ['header-too-long', 513, build(['INVITE sip:b@h SIP/2.0', ...rows, `X: ${'y'.repeat(30)}`, ` ${'y'.repeat(30)}`])],
  ['too-many-headers', 513, build(['INVITE sip:b@h SIP/2.0', ...rows, 'a1: 1', 'a2: 2', 'a3: 3', 'a4: 4'])],
  [
    'head-too-long',
    513,
    build([
      'INVITE sip:b@h SIP/2.0',
      ...rows,
      ...['a1', 'a2', 'a3'].map((name) => `${name}:${'y'.repeat(52)}`),
      `${'y'.repeat(200)}`,
    ]),
  ],
  ['body-too-long', 513, build(['INVITE sip:b@h SIP/2.0', ...rows], 'x'.repeat(11))],
];
for (const [code, status, message] of beyond) {
  test(`limits: ${code}`, () => {
    const result = parseMessage(bytes(message), { limits });
    assert.ok(!result.ok);
    assert.deepEqual([result.failure.code, result.failure.status], [code, status]);
  });
}

const broken: readonly [code: string, header: string | undefined, lines: readonly string[]][] = [
  ['missing-header', 'Via', ['INVITE sip:b@h SIP/2.0', ...rows.slice(1)]],
  ['missing-header', 'CSeq', ['INVITE sip:b@h SIP/2.0', ...rows.slice(0, 4)]],
  ['malformed-header', 'Via', ['INVITE sip:b@h SIP/2.0', 'Via: SIP/2.0/UDP', ...rows.slice(1)]],
  ['malformed-header', 'CSeq', ['INVITE sip:b@h SIP/2.0', ...rows.slice(0, 4), 'CSeq: INVITE']],
  ['malformed-header', 'Call-ID', ['INVITE sip:b@h SIP/2.0', ...rows.slice(0, 3), 'i:', rows[4]!]],
  ['cseq-method', 'CSeq', ['BYE sip:b@h SIP/2.0', ...rows]],
  ['repeated-header', 'To', ['INVITE sip:b@h SIP/2.0', ...rows, 't: <sip:x@y>']],
  ['header-line', undefined, ['INVITE sip:b@h SIP/2.0', ...rows, 'no colon here']],
  ['header-line', undefined, ['INVITE sip:b@h SIP/2.0', ' continued nothing', ...rows]],
  ['line-ending', 'X', ['INVITE sip:b@h SIP/2.0', ...rows, 'X: a\nY: b']],
  ['line-ending', 'X', ['INVITE sip:b@h SIP/2.0', ...rows, 'X: a\rY: b']],
  ['malformed-header', 'Subject', ['INVITE sip:b@h SIP/2.0', ...rows, 'Subject: a\0b']],
  ['malformed-header', 'From', ['INVITE sip:b@h SIP/2.0', rows[0]!, 'From: "\0" <sip:a@b>', ...rows.slice(2)]],
  ['version', undefined, ['INVITE sip:b@h SIP/3.0', ...rows]],
  ['start-line', undefined, ['INVITE sip:b@h', ...rows]],
  ['start-line', undefined, ['INV ITE sip:b@h SIP/2.0', ...rows]],
  ['start-line', undefined, ['SIP/2.0 99 x', ...rows]],
  ['start-line', undefined, ['SIP/2.0 700 x', ...rows]],
  ['head-incomplete', undefined, ['INVITE sip:b@h SIP/2.0']],
];
for (const rest of ['X: a\nEvil: 1', 'X: a\rEvil: 1', 'X: a\0Evil: 1', 'Evil: no', 'no colon, Evil']) {
  test(`the answer to what could not be read to its end says back only rows that were whole: ${JSON.stringify(rest)}`, () => {
    const lines = ['INVITE sip:b@h SIP/2.0', ...rows, rest];
    const result = parseMessage(bytes(`${lines.join('\r\n')}\r\n${rest === 'Evil: no' ? '' : '\r\n'}Evil body`));
    assert.ok(!result.ok);
    const answer = formatRejection(result.failure);
    const text = Buffer.from(answer?.bytes ?? []).toString('latin1');
    assert.doesNotMatch(text, /Evil/);
    assert.equal(text.split('\r\n').length, rows.length + 4, text);
    const again = parseMessage(Buffer.from(text, 'latin1'));
    assert.ok(again.ok, 'it is a message');
  });
}

for (const [code, header, lines] of broken) {
  test(`refused: ${code} ${header ?? ''} (${lines.length} lines)`, () => {
    const message = code === 'head-incomplete' ? `${lines[0]}\r\nVia: x` : build(lines);
    const result = parseMessage(bytes(message));
    assert.ok(!result.ok);
    assert.deepEqual([result.failure.code, result.failure.header], [code, header]);
    if (header !== undefined) assert.ok(result.failure.reason.includes(header), result.failure.reason);
  });
}

test('RFC 3261 §8.2.6: a response carries Via, From, To, Call-ID, CSeq; Record-Route where a dialog begins; Timestamp in 100', () => {
  const invite = request([
    'v: SIP/2.0/TCP g;branch=z9hG4bK2',
    'Record-Route: <sip:p;lr>',
    'Timestamp: 54',
    'Contact: <sip:a@h>',
  ]);
  assert.equal(
    text(buildResponse(invite, 200, { toTag: 'mine', headers: [['Contact', '<sip:b@h>']], body: 'v=0\r\n' })),
    'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nv: SIP/2.0/TCP g;branch=z9hG4bK2\r\nf: <sip:a@h>;tag=1\r\nTo: <sip:b@h>;tag=mine\r\n' +
      'i: c\r\nCSeq: 1 INVITE\r\nRecord-Route: <sip:p;lr>\r\nContact: <sip:b@h>\r\nContent-Length: 5\r\n\r\nv=0\r\n',
  );
  const trying = buildResponse(invite, 100, { toTag: 'never' });
  assert.deepEqual(
    [trying.to.tag, trying.header('Timestamp'), trying.header('Record-Route')],
    [undefined, '54', undefined],
  );
  assert.equal(buildResponse(invite, 486).header('Record-Route'), undefined);
  assert.deepEqual(
    [trying.isProvisional, trying.reason, buildResponse(invite, 499).reason],
    [true, 'Trying', 'Request Failure'],
  );
  assert.throws(() => buildResponse(invite, 99), { code: 'sip_status_bad' });
});

test('an edit changes what it is told to and nothing else', () => {
  const source = request(['Route: <sip:one;lr>, <sip:two;lr>', 'X:  odd   spacing', 'l :0']);
  const unchanged = edit(source).done();
  assert.equal(text(unchanged), text(source));
  const made = edit(source)
    .removeTop('Route')
    .replaceTop('v', 'SIP/2.0/UDP h;branch=z9hG4bK1;received=1.2.3.4')
    .setUri('sip:new@h')
    .addHeader('X', 2)
    .done();
  assert.equal(
    text(made),
    build([
      'INVITE sip:new@h SIP/2.0',
      'Via: SIP/2.0/UDP h;branch=z9hG4bK1;received=1.2.3.4',
      ...rows.slice(1),
      'Route: <sip:two;lr>',
      'X:  odd   spacing',
      'l :0',
      'X: 2',
    ]),
  );
  assert.equal(made.topVia.received, '1.2.3.4');
  assert.equal(edit(made).removeTop('Route').done().header('Route'), undefined);
  const bodied = edit(source).setBody('é', 'text/plain').done();
  assert.deepEqual([bodied.header('Content-Length'), bodied.contentType, bodied.body.length], ['2', 'text/plain', 2]);
  assert.equal(edit(bodied).setBody(undefined).done().contentType, undefined);
  assert.deepEqual(
    edit(source).setHeader('x', 'only').addHeader('X', 'more').setHeader('X', 'one').done().headers('X'),
    ['one'],
  );
  assert.deepEqual(
    edit(source)
      .prependHeader('Route', '<sip:zero>')
      .done()
      .routes()
      .map(({ uriText }) => uriText),
    ['sip:zero', 'sip:one;lr', 'sip:two;lr'],
  );
});

const injections: readonly [what: string, run: () => unknown][] = [
  ['value', () => edit(request()).setHeader('Subject', 'a\r\nVia: x')],
  ['bare LF', () => edit(request()).addHeader('Subject', 'a\nb')],
  ['NUL', () => edit(request()).addHeader('Subject', 'a\0b')],
  ['name', () => edit(request()).addHeader('Sub: x\r\nY', 'a')],
  ['URI', () => edit(request()).setUri('sip:a@h SIP/2.0\r\nX: y')],
  ['URI with space', () => buildRequest({ method: 'INVITE', uri: 'sip:a b', headers: [] })],
  ['method', () => buildRequest({ method: 'INV ITE', uri: 'sip:a', headers: [] })],
  ['reason', () => buildResponse(request(), 200, { reason: 'OK\r\nX: y' })],
  ['tag', () => buildResponse(request(), 200, { toTag: 'a\r\nX: y' })],
];
for (const [what, run] of injections) {
  test(`header injection is misuse: ${what}`, () => assert.throws(run, { code: 'sip_header_unsafe' }));
}

test('characters whose low byte is CR or LF cannot break a line', () => {
  const made = edit(request()).setHeader('Subject', 'a\u010d\u010aX: y').done();
  assert.ok(text(made).includes('Subject: a\xc4\x8d\xc4\x8aX: y\r\n'));
});

test('a request built without what every message has says so when it is asked', () => {
  const bare = buildRequest({ method: 'OPTIONS', uri: 'sip:a', headers: [['Content-Length', 99]] });
  assert.equal(text(bare), 'OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n');
  assert.throws(() => bare.topVia, { code: 'sip_header_missing' });
  assert.throws(() => bare.callId, { code: 'sip_header_missing' });
});
