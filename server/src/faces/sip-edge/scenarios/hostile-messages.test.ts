/**
 * Messages that are written to hurt, from strangers, users, callees and carriers: each is refused with a reason that names what is wrong, or the call goes on without
 * what was bad in it. Nothing throws, nobody is left waiting, and nothing is left over.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest, edit, formatMessage, type SipRequest, withCredentials } from '@ringdown/sip';
import { textOf } from '@ringdown/testkit';
import { edgeAddress, sdpOf, udpTo } from '../edge-scene.test.ts';
import { type CallScene, callScene } from './call-scene.test.ts';

const own = '192.0.2.20';
let branches = 0;

/** An INVITE of Ada's to 101, with her credentials. */
function signedInvite(calls: CallScene, uri = 'sip:101@a.test'): string {
  const request = buildRequest({
    method: 'INVITE',
    uri,
    headers: [
      ['Max-Forwards', '70'],
      ['From', '"Ada" <sip:100@a.test>;tag=f'],
      ['To', '<sip:101@a.test>'],
      ['Call-ID', 'hostile'],
      ['CSeq', '1 INVITE'],
      ['Contact', `<sip:100@${own}>`],
      ['Subject', 'hello'],
      ['Content-Type', 'application/sdp'],
    ],
    body: sdpOf(4000, own),
  });
  const answer = calls.ada.digest.answer(request, calls.ada.send(request));
  assert.ok(answer.ok);
  return raw(withCredentials(request, answer.headers));
}

function raw(request: SipRequest): string {
  branches += 1;
  const via = `SIP/2.0/UDP ${own};branch=z9hG4bKhostile${branches};rport`;
  return Buffer.from(formatMessage(edit(request).prependHeader('Via', via).done())).toString('latin1');
}

/** Puts octets on the wire from Ada's address; gives what the edge sent until nothing more came, first lines and all. */
function send(calls: CallScene, text: string, forMs = 300): string[] {
  const { entries } = calls.made.network.trace;
  const before = entries.length;
  const { host } = calls.ada;
  host.send(Buffer.from(text, 'latin1'), host.flowTo(udpTo(edgeAddress)) ?? assert.fail(), null);
  calls.advance(forMs);
  return entries.slice(before).flatMap((entry) => (entry.from === 'edge' ? [textOf(entry)] : []));
}

const first = (text: string): string => text.slice(0, text.indexOf('\r\n'));

/** Who is up is hung up, and then nothing is left. */
function assertNothingLeft(calls: CallScene): void {
  calls.ada.session?.end();
  calls.bob.session?.end();
  calls.advance(130_000);
  const { edge, layer, reports } = calls.made;
  assert.deepEqual([calls.engine.size, edge.legCount, edge.agent.sessionCount], [0, 0, 0]);
  assert.deepEqual([layer.counts.client, layer.counts.server], [0, 0]);
  assert.deepEqual(
    reports.flatMap(({ err }) => err ?? []),
    [],
    'no defect was reported',
  );
}

const put = (row: string) => (text: string) => text.replace('Subject: hello', row);

/** What is done to the INVITE, and the reason it is refused with. */
const refused: readonly [title: string, change: (text: string) => string, answer: RegExp][] = [
  ['a NUL in From', (text) => text.replace('"Ada"', '"A\0da"'), /^SIP\/2.0 400 NUL in header From$/],
  ['a NUL in an unknown header', put('X-Y: a\0b'), /^SIP\/2.0 400 NUL in header X-Y$/],
  ['a bare LF', put('Subject: a\nVia: evil'), /^SIP\/2.0 400 Bare CR or LF in header Subject$/],
  [
    'a Contact that is no URI',
    (text) => text.replace('<sip:100@192', '<sip:1 00@192'),
    /400 Malformed Contact header$/,
  ],
  ['a Record-Route that is no URI', put('Record-Route: <sip:a b;lr>'), /400 Malformed Record-Route header$/],
  ['a From tag that is no token', (text) => text.replace('tag=f', 'tag=<>'), /400 Malformed From header$/],
  ['two Max-Forwards', put('Max-Forwards: 1'), /400 Repeated Max-Forwards header$/],
  [
    'a Max-Forwards that is no number',
    (text) => text.replace('Max-Forwards: 70', 'Max-Forwards: -1'),
    /400 Malformed Max-Forwards header$/,
  ],
  ['two Content-Lengths', put('l: 0'), /400 Repeated Content-Length header$/],
  [
    'a negative Content-Length',
    (text) => text.replace(/Content-Length: \d+/, 'Content-Length: -5'),
    /400 Malformed Content-Length$/,
  ],
  [
    'a Content-Length beyond the datagram',
    (text) => text.replace(/Content-Length: \d+/, 'Content-Length: 5000'),
    /400 Content-Length exceeds the body$/,
  ],
  ['a header of 20,000 octets', put(`Subject: ${'x'.repeat(20_000)}`), /513 Header Subject too long$/],
  ['300 headers', put('X: y\r\n'.repeat(300).trim()), /513 Too many headers$/],
  [
    '200 Vias',
    put(`Via: ${'SIP/2.0/UDP h;branch=z9hG4bKx, '.repeat(199)}SIP/2.0/UDP h`),
    /400 Too many values in Via header$/,
  ],
  [
    '100 parameters in Contact',
    (text) => text.replace(`@${own}>`, `@${own}>${';a=b'.repeat(100)}`),
    /400 Malformed Contact header$/,
  ],
  [
    'a Request-URI of 5,000 octets',
    (text) => text.replace('sip:101@', `sip:${'1'.repeat(5_000)}@`),
    /414 Start line too long$/,
  ],
  [
    'a CSeq of another method',
    (text) => text.replace('1 INVITE', '1 BYE'),
    /400 CSeq method does not match request method$/,
  ],
  ['a version of tomorrow', (text) => text.replace('SIP/2.0\r\n', 'SIP/3.0\r\n'), /505 Version Not Supported$/],
  ['no Call-ID', (text) => text.replace(/Call-ID: .*\r\n/, ''), /400 Missing Call-ID header$/],
  ['an extension that nobody knows', put('Require: evil'), /420 Bad Extension$/],
];

for (const [title, change, answer] of refused) {
  test(`RFC 3261 §21.4.1: an INVITE with ${title} is refused once, by a reason that says so`, async () => {
    const calls = await callScene();
    const text = signedInvite(calls);
    const changed = change(text);
    assert.notEqual(changed, text);
    const answers = send(calls, changed, 40_000);
    assert.equal(answers.length, 1, answers.map(first).join(' | '));
    assert.match(first(answers[0] ?? ''), answer);
    assert.ok((answers[0] ?? '').length < changed.length + 300, 'it is no longer than what it answers');
    assert.equal(calls.bob.session, null);
    assertNothingLeft(calls);
  });
}

/** RFC 3261 §8.2.6.2, §17.1.1.3, §18.1.2: nobody to answer, or nothing that is answered. */
const silent: readonly [title: string, change: (text: string) => string][] = [
  ['a broken ACK', (text) => text.replace('INVITE sip', 'ACK sip').replace('1 INVITE', 'x ACK')],
  ['a broken response', (text) => text.replace(/^INVITE .*?\r\n/, 'SIP/2.0 200 OK\r\n').replace('1 INVITE', 'INVITE')],
  ['a response to nothing', (text) => text.replace(/^INVITE .*?\r\n/, 'SIP/2.0 486 No\r\n')],
  ['no Via', (text) => text.replace(/Via: .*\r\n/, '')],
  ['a Via that says nothing', (text) => text.replace(/Via: .*\r\n/, 'Via: what\r\n')],
  ['no message at all', () => '\x16\x03\x01\x02\x00\x01\x00'],
  ['keep-alives', () => '\r\n\r\n'],
  ['an ACK of nothing', (text) => text.replace('INVITE sip', 'ACK sip').replace('1 INVITE', '1 ACK')],
];

for (const [title, change] of silent) {
  test(`silence is the answer to ${title}`, async () => {
    const calls = await callScene();
    assert.deepEqual(send(calls, change(signedInvite(calls)), 40_000).map(first), []);
    assertNothingLeft(calls);
  });
}

/** What a phone may say, and what of it the other phone gets. */
const crossed: readonly [title: string, change: (text: string) => string, seen: RegExp][] = [
  ['escaped NUL and BEL in the name', (text) => text.replace('"Ada"', '"A\\\0d\\\x07a"'), /^From: "Ada" </m],
  ['half UTF-8 in the name', (text) => text.replace('"Ada"', '"\xc0\x80\xed\xa0\x80A\xff"'), /^INVITE/],
  ['a Subject that rings the bell', put('Subject: a\x07b'), /^INVITE (?!.*Subject)/s],
  ['a route back by a header of control characters', put('Record-Route: "\\\0" <sip:192.0.2.20;lr>'), /^INVITE/],
  ['a route back by the web', put('Record-Route: <http://a/b?c>'), /^INVITE/],
  ['a Call-ID of control characters', (text) => text.replace('Call-ID: hostile', 'Call-ID: \x01<>\x7f'), /^INVITE/],
  ['a lifetime beyond all time', put('Expires: 4294967295\r\nSession-Expires: 4294967295'), /^INVITE/],
];

for (const [title, change, seen] of crossed) {
  test(`a call goes through with ${title}, and is hung up by its callee`, async () => {
    const calls = await callScene();
    const text = change(signedInvite(calls));
    // Her phone knows nothing of what is sent in its name, and would end it.
    calls.ada.host.onMessage = () => undefined;
    const sent = send(calls, text);
    const invite = sent.find((text) => text.startsWith('INVITE')) ?? assert.fail(sent.map(first).join());
    assert.match(invite, seen);
    calls.bob.accept();
    const answers = send(calls, '\r\n\r\n', 100);
    const ok = answers.find((text) => text.startsWith('SIP/2.0 200')) ?? assert.fail(answers.map(first).join());
    const rows = ok.split('\r\n').filter((row) => /^(?:From|To|Call-ID): /.test(row));
    const ack = [
      `ACK sip:${edgeAddress} SIP/2.0`,
      'Via: SIP/2.0/UDP 192.0.2.20;branch=z9hG4bKack',
      ...rows,
      'CSeq: 1 ACK',
    ];
    send(calls, `${ack.join('\r\n')}\r\n\r\n`);
    assert.equal(calls.call.phase, 'up');
    calls.bob.session?.end();
    const byes = send(calls, '\r\n\r\n').filter((text) => text.startsWith('BYE'));
    assert.ok(byes.length > 0, 'the caller is told');
    assertNothingLeft(calls);
  });
}

test('a callee whose 200 names nowhere to go is acknowledged where it is, and can be hung up', async () => {
  for (const row of [
    'Contact: <sip:1 2@x>',
    'Contact: <http://\\\0>',
    'Record-Route: <sip:a b>',
    'Record-Route: <tel:1>',
  ]) {
    const calls = await callScene();
    const { bob, ada } = calls;
    const { host } = bob;
    const plain = host.send.bind(host);
    host.send = (bytes, flow, owner) => {
      const text = Buffer.from(bytes).toString('latin1');
      const name = row.slice(0, row.indexOf(':'));
      const changed = text.replace(new RegExp(`^${name}: .*\\r\\n`, 'm'), '').replace(/^CSeq: .*\r\n/m, `$&${row}\r\n`);
      plain(/^SIP\/2.0 200 .*INVITE/s.test(text) ? Buffer.from(changed, 'latin1') : bytes, flow, owner);
    };
    ada.call('101');
    calls.advance();
    bob.accept();
    calls.advance();
    assert.equal(bob.session?.phase, 'confirmed', row);
    ada.session?.end();
    calls.advance();
    assert.equal(bob.end?.why, 'hung-up', row);
    assertNothingLeft(calls);
  }
});

test('RFC 3261 §26.3.2.4: a challenge is sent once, and again when the INVITE is', async () => {
  const calls = await callScene();
  const text = signedInvite(calls).replace(/^Authorization: .*\r\n/m, '');
  assert.deepEqual(send(calls, text, 40_000).map(first), ['SIP/2.0 401 Unauthorized']);
  const again = text.replace(/branch=\w+/, 'branch=z9hG4bKagain');
  const [one, two] = [...send(calls, again), ...send(calls, again)];
  assert.equal(one, two, 'the same to the same');
  assertNothingLeft(calls);
});

test('RFC 7616 §3.4.6: credentials that were caught call nobody else, and nobody twice', async () => {
  const calls = await callScene();
  const text = signedInvite(calls);
  const next = (changed: string) =>
    first(send(calls, changed.replace(/branch=\w+/, `branch=z9hG4bKn${++branches}`)).at(-1) ?? '');
  const moved = (uri: string) => text.replace('INVITE sip:101@a.test', `INVITE ${uri}`);
  assert.equal(next(moved('sip:00900123@a.test')), 'SIP/2.0 400 Authorization Is For Another Request-URI');
  assert.equal(next(moved('tel:00900123')), 'SIP/2.0 401 Unauthorized', 'and by then the nonce is used up');
  assert.match(first(send(calls, text).at(-1) ?? ''), /401/);
  const fresh = signedInvite(calls);
  const wrong = (from: RegExp, to: string) => next(fresh.replace(from, to));
  assert.equal(wrong(/qop=auth/, 'qop=auth-int'), 'SIP/2.0 401 Unauthorized');
  assert.equal(wrong(/, qop=auth, nc=\w+/, ''), 'SIP/2.0 401 Unauthorized', 'qop is part of what was signed');
  assert.equal(wrong(/nc=00000001/, 'nc=00000002'), 'SIP/2.0 401 Unauthorized');
  assert.equal(wrong(/algorithm=MD5/, 'algorithm=SHA-256'), 'SIP/2.0 401 Unauthorized');
  assert.equal(wrong(/realm="a.test"/, 'realm="b.test"'), 'SIP/2.0 401 Unauthorized');
  assert.equal(calls.bob.session, null);
  assertNothingLeft(calls);
});

test('RFC 3261 §18.1.2: a 2xx that answers nothing of ours makes us send nothing, and of those that look like ours only some at a time', async () => {
  const calls = await callScene();
  const forged = (at: number, via: string) =>
    `SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP ${via};branch=z9hG4bKforged${at}\r\nFrom: <sip:a@b>;tag=${at}\r\nTo: <sip:c@d>;tag=x\r\n` +
    `Call-ID: forged${at}\r\nCSeq: 1 INVITE\r\nContact: <sip:victim@192.0.2.99>\r\nContent-Length: 0\r\n\r\n`;
  assert.deepEqual(send(calls, forged(0, '192.0.2.7'), 40_000), []);
  // Whose address it is has no SIP, and says nothing.
  calls.ada.host.onMessage = () => undefined;
  let sent = 0;
  for (let at = 1; at <= 1_000; at++) sent += send(calls, forged(at, edgeAddress), 1).length;
  assert.ok(sent > 0 && sent < 400, `${sent} messages for 1,000`);
  assertNothingLeft(calls);
});
