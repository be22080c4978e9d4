import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseContactList, parseQ } from './contact.ts';
import { parseCSeq } from './cseq.ts';
import { formatDate, parseDate } from './date.ts';
import { parseEvent, parseSubscriptionState } from './event.ts';
import { acceptsMediaType, parseMediaType } from './media-type.ts';
import { findBody, formatMultipart, parseMultipart } from './multipart.ts';
import { formatNameAddr, parseNameAddr, parseNameAddrList } from './name-addr.ts';
import { parseRAck, parseRSeq } from './rack.ts';
import { formatReason, parseReason } from './reason.ts';
import { parseReferTo } from './refer-to.ts';
import { formatReplaces, parseReplaces, parseTargetDialog } from './replaces.ts';
import { parseRetryAfter } from './retry-after.ts';
import { parseMinSe, parseSessionExpires } from './session-expires.ts';
import { formatVia, parseVia } from './via.ts';

test('RFC 3261 §20.42: Via', () => {
  const via = parseVia('SIP/2.0/wss df7jal23ls0d.invalid ; branch=z9hG4bK56sdasks;rport=4711;received=[2001:db8::9]')!;
  assert.deepEqual(
    [via.transport, via.host, via.port, via.branch],
    ['WSS', 'df7jal23ls0d.invalid', undefined, 'z9hG4bK56sdasks'],
  );
  assert.deepEqual(
    [via.rport, via.asksForRport, via.received, via.hasRfc3261Branch],
    [4711, true, '2001:db8::9', true],
  );
  assert.equal(parseVia('SIP/2.0/UDP h : 5061 ;rport')?.sentBy, 'h:5061');
  assert.deepEqual(
    [parseVia('SIP/2.0/UDP h;rport')?.asksForRport, parseVia('SIP/2.0/UDP h;rport')?.rport],
    [true, undefined],
  );
  const bad = [
    '',
    'SIP/2.0/UDP',
    'SIP/2.0 UDP h',
    'SIP/2.0/UDP h:0',
    'SIP/2.0/UDP h:65536',
    'SIP/2.0/UDP h;',
    'SIP/2.0/UDP h;;x',
    'SIP/2.0/UDP h;branch',
    'SIP/2.0/UDP h;branch=',
    'SIP/2.0/UDP h, SIP/2.0/UDP g',
    'SIP/2.0/UDP [::1',
    'SIP/2.0/UDP h x',
  ];
  for (const text of bad) assert.equal(parseVia(text), undefined, text);
  assert.equal(
    formatVia({ transport: 'tls', host: '::1', port: 5061, branch: 'z9hG4bKx', rport: true }),
    'SIP/2.0/TLS [::1]:5061;branch=z9hG4bKx;rport',
  );
});

test('RFC 3261 §20.10, §20.20: addresses', () => {
  const rows: [text: string, name: string, uri: string, tag: string | undefined][] = [
    ['"A. G. \\"Bell\\"" <sip:agb@bell-telephone.com> ;tag=a48s', 'A. G. "Bell"', 'sip:agb@bell-telephone.com', 'a48s'],
    ['sip:+12125551212@server.phone2net.com;tag=887s', '', 'sip:+12125551212@server.phone2net.com', '887s'],
    [
      'Anonymous <sip:c8oqz84zk7z@privacy.org;tag=x>;TAG=hyh8',
      'Anonymous',
      'sip:c8oqz84zk7z@privacy.org;tag=x',
      'hyh8',
    ],
    ['Jürgen Ö <sip:j@h>', 'Jürgen Ö', 'sip:j@h', undefined],
    ['<tel:+1-2>', '', 'tel:+1-2', undefined],
  ];
  for (const [text, name, uri, tag] of rows) {
    const address = parseNameAddr(text)!;
    assert.deepEqual([address.displayName, address.uriText, address.tag], [name, uri, tag], text);
  }
  const bad = [
    '',
    '"a <sip:x@y>',
    '<sip:x@y',
    '<>',
    '< sip:x@y>',
    'a, b <sip:x@y>',
    'sip:x@y?a=b',
    '<sip:x@y>;tag',
    '<sip:x@y>;',
    '<sip:x@y> x',
    '<sip:x@y>;tag=1;;a',
    'none',
    '"a" sip:x@y',
  ];
  for (const text of bad) assert.equal(parseNameAddr(text), undefined, text);
  assert.equal(
    formatNameAddr({ displayName: 'A "B"', uri: 'sip:a@b', params: { tag: 'x', lr: '', reason: 'a b' } }),
    '"A \\"B\\"" <sip:a@b>;tag=x;lr;reason="a b"',
  );
  assert.deepEqual(
    parseNameAddrList('<sip:a,b@c;lr>, "x, y" <sip:d@e>')?.map(({ uriText }) => uriText),
    ['sip:a,b@c;lr', 'sip:d@e'],
  );
  assert.equal(parseNameAddrList('<sip:a@b>, <broken'), undefined);
});

test('RFC 3261 §20.10: Contact', () => {
  const list = parseContactList(
    '"Mr. Watson" <sip:watson@h>;q=0.7; expires=3600, "Mr. Watson" <mailto:w@h> ;q=.1, <sip:x@y>;expires=soon',
  );
  assert.ok(list?.kind === 'list');
  assert.deepEqual(
    list.contacts.map(({ uriText, q, expiresSec }) => [uriText, q, expiresSec]),
    [
      ['sip:watson@h', 0.7, 3600],
      ['mailto:w@h', 0.1, undefined],
      ['sip:x@y', undefined, 3600],
    ],
  );
  assert.deepEqual(parseContactList('*'), { kind: 'all' });
  assert.equal(parseContactList('*, <sip:a@b>'), undefined);
  assert.equal(parseContactList('<sip:a@b>;q=2'), undefined);
  assert.deepEqual(['1', '1.000', '0.5', '1.1', 'x', '-1', ''].map(parseQ), [
    1,
    1,
    0.5,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test('RFC 3261 §20.16: CSeq', () => {
  assert.deepEqual(parseCSeq('0009  INVITE'), { seq: 9, method: 'INVITE' });
  assert.deepEqual(parseCSeq('4294967295 X'), { seq: 4_294_967_295, method: 'X' });
  for (const text of ['', '1', '1INVITE', 'INVITE 1', '-1 X', '4294967296 X', '1 IN VITE', '1 @'])
    assert.equal(parseCSeq(text), undefined, text);
});

test('RFC 3261 §20.17: Date comes and goes', () => {
  const utcMs = Date.UTC(2010, 10, 13, 23, 29, 0);
  assert.equal(parseDate('Sat, 13 Nov 2010 23:29:00 GMT'), utcMs);
  assert.equal(formatDate(utcMs), 'Sat, 13 Nov 2010 23:29:00 GMT');
  for (const text of [
    'Sat, 13 Nov 2010 23:29:00 EST',
    'Sat, 32 Nov 2010 23:29:00 GMT',
    'Sat, 30 Feb 2010 00:00:00 GMT',
    'Sat, 13 Nov 2010 24:00:00 GMT',
    '',
  ]) {
    assert.equal(parseDate(text), undefined, text);
  }
});

test('RFC 6665 §8.2: Event and Subscription-State', () => {
  assert.deepEqual(parseEvent('presence.winfo ; id=7'), { package: 'presence.winfo', id: '7' });
  assert.equal(parseEvent('a b'), undefined);
  assert.deepEqual(parseSubscriptionState('Terminated;reason=NoResource;retry-after=10;expires=5'), {
    state: 'terminated',
    expiresSec: 5,
    reason: 'noresource',
    retryAfterSec: 10,
  });
});

test('RFC 3261 §20.15, §20.1: media types and Accept', () => {
  const media = parseMediaType('Multipart/Mixed ; boundary="a b"')!;
  assert.deepEqual([media.essence, media.params.get('boundary')], ['multipart/mixed', 'a b']);
  for (const text of ['', 'text', '/plain', 'text/', 'te xt/plain'])
    assert.equal(parseMediaType(text), undefined, text);
  assert.equal(acceptsMediaType(['text/*', 'application/sdp;q=0'], 'application/sdp'), false);
  assert.equal(acceptsMediaType(['*/*'], 'application/sdp'), true);
  assert.equal(acceptsMediaType(['*/*;q=0', 'application/*'], 'application/sdp'), true);
});

test('RFC 3262 §7: RAck and RSeq', () => {
  assert.deepEqual(parseRAck('776656 1 INVITE'), { rseq: 776_656, cseq: 1, method: 'INVITE' });
  for (const text of ['', '1 INVITE', '1 2', 'x 1 INVITE', '4294967296 1 INVITE'])
    assert.equal(parseRAck(text), undefined, text);
  assert.deepEqual(['1', '0', '-1', '4294967295', 'x'].map(parseRSeq), [
    1,
    undefined,
    undefined,
    4_294_967_295,
    undefined,
  ]);
});

test('RFC 3326: Reason', () => {
  assert.deepEqual(parseReason('Q.850 ;cause=16 ;text="Terminated; normally"'), {
    protocol: 'Q.850',
    cause: 16,
    text: 'Terminated; normally',
  });
  assert.deepEqual(parseReason('SIP;cause=many'), { protocol: 'SIP', cause: undefined, text: undefined });
  assert.equal(
    formatReason({ protocol: 'SIP', cause: 200, text: 'Call "done" elsewhere' }),
    'SIP;cause=200;text="Call \\"done\\" elsewhere"',
  );
});

test('RFC 3891, RFC 4538: Replaces and Target-Dialog', () => {
  const replaces = { callId: '98732@sip.example.com', toTag: 'r33th4x0r', fromTag: 'ff87ff', isEarlyOnly: true };
  assert.deepEqual(parseReplaces('98732@sip.example.com ;from-tag=ff87ff ;to-tag=r33th4x0r;early-only'), replaces);
  assert.deepEqual(parseReplaces(formatReplaces(replaces)), replaces);
  for (const text of ['x', 'x;to-tag=1', 'x;from-tag=1;to-tag', 'a b;from-tag=1;to-tag=2'])
    assert.equal(parseReplaces(text), undefined, text);
  assert.deepEqual(parseTargetDialog('fa77as7dad8-sd98ajzz@host;local-tag=kkaz-;remote-tag=6544'), {
    callId: 'fa77as7dad8-sd98ajzz@host',
    localTag: 'kkaz-',
    remoteTag: '6544',
  });
});

test('RFC 3515 §2.1, RFC 3891 §4: Refer-To', () => {
  const attended = parseReferTo('<sip:bob@h;method=INVITE;user=phone?Replaces=1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db&X=y>')!;
  assert.deepEqual(
    [attended.target, attended.method, attended.replaces?.callId, attended.replaces?.toTag],
    ['sip:bob@h;user=phone', 'INVITE', '1@h', 'a'],
  );
  assert.equal(
    parseReferTo('sip:bob@h?Replaces=1%40h%3Bto-tag%3Da%3Bfrom-tag%3Db')?.replaces?.fromTag,
    'b',
    'without brackets, as phones write',
  );
  assert.equal(parseReferTo('<sip:bob@h?Replaces=broken>'), undefined, 'never a blind transfer by mistake');
  assert.equal(parseReferTo('<sip:bob@h;method=BYE>')?.method, 'BYE');
  assert.equal(parseReferTo('<sip:b@:>'), undefined);
  assert.equal(parseReferTo('<tel:+1-2>')?.target, 'tel:+1-2');
});

test('RFC 3261 §20.33, RFC 4028: seconds with parameters', () => {
  assert.deepEqual(parseRetryAfter('120 (I am in a meeting);duration=60'), {
    afterSec: 120,
    durationSec: 60,
    comment: 'I am in a meeting',
  });
  assert.deepEqual(parseRetryAfter('18000'), { afterSec: 18_000, durationSec: undefined, comment: '' });
  assert.equal(parseRetryAfter('99999999999999')?.afterSec, 4_294_967_295);
  for (const text of ['', 'soon', '-1', '5 (open']) assert.equal(parseRetryAfter(text), undefined, text);
  assert.deepEqual(parseSessionExpires('1800 ;refresher=UAS'), { intervalSec: 1_800, refresher: 'uas' });
  assert.deepEqual(parseSessionExpires('90;refresher=me'), { intervalSec: 90, refresher: undefined });
  assert.equal(parseMinSe('90;x=y'), 90);
});

test('RFC 2046 §5.1, RFC 5621 §3: multipart bodies come back from their parts', () => {
  const parts = [
    { headers: [['Content-Type', 'application/sdp']] as const, body: new Uint8Array(Buffer.from('v=0\r\n')) },
    {
      headers: [
        ['Content-Type', 'application/octet-stream'],
        ['Content-ID', '<x>'],
      ] as const,
      body: new Uint8Array([0, 255, 13, 10, 45, 45]),
    },
    { headers: [], body: new Uint8Array(0) },
  ];
  const body = formatMultipart(parts, 'unique-1');
  const type = 'multipart/mixed;boundary="unique-1"';
  assert.deepEqual(parseMultipart(type, body), parts);
  assert.deepEqual(Buffer.from(findBody(type, body, 'application/sdp')!).toString(), 'v=0\r\n');
  assert.equal(findBody('application/sdp', body, 'application/sdp'), body);
  assert.equal(findBody(type, body, 'text/plain')?.length, 0, 'a part without a type is text/plain');
  assert.throws(() => formatMultipart(parts, 'bad\r\nboundary'), { code: 'sip_header_unsafe' });
  assert.throws(() => formatMultipart([{ headers: [], body: body }], 'unique-1'), { code: 'sip_header_unsafe' });
  for (const broken of ['--unique-1\r\n\r\nx', 'x', '', '--unique-1\r\nbroken header\r\n\r\n\r\n--unique-1--']) {
    assert.equal(parseMultipart(type, new Uint8Array(Buffer.from(broken))), undefined, broken);
  }
  assert.equal(parseMultipart('multipart/mixed', body), undefined);
});
