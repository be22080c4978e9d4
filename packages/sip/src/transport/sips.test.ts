/** SIPS (RFC 3261 §26.2.2, RFC 5630): what a request asks for, what our Contact then says, and by what it leaves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phoneAndFar, respondAs, VirtualAgent, VirtualClock, VirtualNetwork } from '@ringdown/testkit';
import { asksForSips, asSips, checkSips } from './sips.ts';

function requestWith(uri: string, extra: readonly (readonly [string, string])[]) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock });
  const [alice, bob] = [new VirtualAgent(network, 'alice', '192.0.2.1'), new VirtualAgent(network, 'bob', '192.0.2.2')];
  const request = alice.compose('INVITE', 'bob', extra);
  alice.send(request, bob.target());
  clock.advance(10);
  const { request: received } = bob.requests[0]!;
  return Object.create(received, { uri: { value: uri } }) as typeof received;
}

const asked: readonly (readonly [
  title: string,
  uri: string,
  extra: readonly (readonly [string, string])[],
  is: boolean,
])[] = [
  ['a SIPS Request-URI', 'sips:b@b', [], true],
  ['a SIP one, and a SIPS Contact', 'sip:b@b', [['Contact', '<sips:a@a>']], true],
  [
    'the topmost Record-Route counts before the Contact',
    'sip:b@b',
    [
      ['Record-Route', '<sip:p;lr>'],
      ['Contact', '<sips:a@a>'],
    ],
    false,
  ],
  [
    'a SIPS Record-Route',
    'sip:b@b',
    [
      ['Record-Route', '<sips:p;lr>, <sip:q;lr>'],
      ['Contact', '<sip:a@a>'],
    ],
    true,
  ],
  ['nothing of the kind', 'sip:b@b', [['Contact', '<sip:a@a>']], false],
];
for (const [title, uri, extra, is] of asked) {
  test(`RFC 3261 §12.1.1: ${title}: the Contact of the answer is ${is ? 'SIPS' : 'SIP'}`, () =>
    assert.equal(asksForSips(requestWith(uri, extra)), is));
}

test('RFC 5630 §3.1.4: as SIPS, transport=tls goes and all else stays', () => {
  assert.equal(asSips('sip:a@192.0.2.1:5061;transport=tls'), 'sips:a@192.0.2.1:5061');
  assert.equal(asSips('sip:a@b;transport=tls;ob'), 'sips:a@b;ob');
  assert.equal(asSips('sip:a@b;transport=ws'), 'sips:a@b;transport=ws');
  assert.equal(asSips('sips:a@b'), 'sips:a@b');
});

test('RFC 3261 §26.2.2: a SIPS request that came without TLS is refused, one that came by it is not', () => {
  const request = requestWith('sips:b@b', []);
  assert.equal(checkSips(request, { secure: false })?.status, 403);
  assert.equal(checkSips(request, { secure: true }), undefined);
  assert.equal(checkSips(requestWith('sip:b@b', []), { secure: false }), undefined);
});

test('RFC 5630 §3.1.3: a call to a SIPS URI goes by TLS with a SIPS Contact; without a way by TLS it does not leave', () => {
  const { a, far, clock } = phoneAndFar();
  far.host.listen('tls', 5061);
  const tls = { ...far.target('tls', 5061) };
  const plain = a.call(far.address, { uri: 'sips:far@example.com', target: far.target() });
  clock.advance(100);
  assert.equal(far.requests.length, 0);
  assert.equal(plain.phase, 'ended');
  a.host.listen('tls', 5061);
  a.call(far.address, { uri: 'sips:far@example.com', target: tls });
  clock.advance(100);
  const invite = far.requests[0]!;
  assert.match(invite.request.header('Contact') ?? '', /^<sips:a@/);
  respondAs(invite, 200, 'one', { body: 'answer', headers: [['Contact', '<sips:one@192.0.2.9:5061>']] });
  clock.advance(100);
  assert.equal(far.acks.length, 1);
  assert.equal(far.acks[0]?.topVia.transport, 'TLS');
});

test('RFC 3261 §12.1.1: called by SIPS over TLS, a phone answers with a SIPS Contact', () => {
  const { a, far, clock } = phoneAndFar();
  a.host.listen('tls', 5061);
  far.host.listen('tls', 5061);
  const invite = far.compose('INVITE', 'a', [['Contact', '<sips:far@192.0.2.9:5061>']]);
  const record = far.send(invite, { kind: 'tls', remote: { family: 4, address: a.address, port: 5061 } });
  clock.advance(50);
  const contact = record.responses.map((response) => response.header('Contact')).find((value) => value !== undefined);
  assert.match(contact ?? '', /^<sips:a@/);
});
