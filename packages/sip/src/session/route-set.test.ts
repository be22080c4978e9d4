/** Route sets over two proxies, loose and strict, in both directions (RFC 3261 §12.1, §12.2.1.1, §16.12.1). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  phoneAndFar,
  respondAs,
  textBody,
  VirtualClock,
  VirtualNetwork,
  VirtualPhone,
  VirtualProxy,
} from '@ringdown/testkit';
import { dialogOfCallee, inDialogRequest } from '../dialog/dialog.ts';
import { routedRequest } from '../dialog/route-set.ts';

type Kind = 'loose' | 'strict' | 'none';

function overProxies(first: Kind, second: Kind) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock });
  const a = new VirtualPhone(network, 'a', '192.0.2.1');
  const b = new VirtualPhone(network, 'b', '192.0.2.2');
  const q = new VirtualProxy(network, 'q', '192.0.2.12', { recordRoute: second });
  const p = new VirtualProxy(network, 'p', '192.0.2.11', {
    recordRoute: first,
    route: (request) => [
      { uri: request.uri, target: { kind: 'udp', remote: { family: 4, address: '192.0.2.12', port: 5060 } } },
    ],
  });
  a.call(b, { target: { kind: 'udp', remote: { family: 4, address: '192.0.2.11', port: 5060 } } });
  clock.advance(1000);
  assert.equal(a.session?.phase, 'confirmed');
  assert.equal(b.session?.phase, 'confirmed', 'the ACK has come by the route');
  return { clock, a, b, p, q };
}

/** "METHOD uri | route, route" of each request as a proxy got it. */
function passed(proxy: VirtualProxy, method: string): string {
  const request = proxy.passed.filter((one) => one.method === method).at(-1);
  return request === undefined ? '' : `${request.uri} | ${request.headers('Route').join(' ')}`;
}

const target = { a: 'sip:a@192.0.2.1:5060', b: 'sip:b@192.0.2.2:5060' };
const rows: readonly {
  readonly kinds: readonly [Kind, Kind];
  readonly byeAtP: string;
  readonly byeAtQ: string;
  readonly reinviteAtQ: string;
}[] = [
  {
    kinds: ['loose', 'loose'],
    byeAtP: `${target.b} | <sip:192.0.2.11;lr> <sip:192.0.2.12;lr>`,
    byeAtQ: `${target.b} | <sip:192.0.2.12;lr>`,
    reinviteAtQ: `${target.a} | <sip:192.0.2.12;lr> <sip:192.0.2.11;lr>`,
  },
  {
    kinds: ['strict', 'strict'],
    byeAtP: `sip:192.0.2.11 | <sip:192.0.2.12> <${target.b}>`,
    byeAtQ: `sip:192.0.2.12 | <${target.b}>`,
    reinviteAtQ: `sip:192.0.2.12 | <sip:192.0.2.11> <${target.a}>`,
  },
  {
    kinds: ['strict', 'loose'],
    byeAtP: `sip:192.0.2.11 | <sip:192.0.2.12;lr> <${target.b}>`,
    byeAtQ: `sip:192.0.2.12;lr | <${target.b}>`,
    reinviteAtQ: `${target.a} | <sip:192.0.2.12;lr> <sip:192.0.2.11>`,
  },
];

for (const { kinds, byeAtP, byeAtQ, reinviteAtQ } of rows) {
  test(`RFC 3261 §12.2.1.1: a ${kinds[0]} and a ${kinds[1]} router on the way, both directions`, () => {
    const { clock, a, b, p, q } = overProxies(...kinds);
    assert.equal(b.session?.reinvite(textBody('from b')), true);
    clock.advance(500);
    assert.equal(passed(q, 'INVITE'), reinviteAtQ);
    assert.deepEqual(a.seen.at(-1), 'reoffer INVITE from b');
    assert.deepEqual(b.seen.at(-1), 'reoffer-accepted changed');
    a.session?.end();
    clock.advance(500);
    assert.equal(passed(p, 'BYE'), byeAtP);
    assert.equal(passed(q, 'BYE'), byeAtQ);
    assert.deepEqual([a.end?.why, b.end?.why], ['hung-up', 'hung-up']);
  });
}

test('a proxy that has not recorded itself is out of the way after the INVITE', () => {
  const { clock, a, b, p, q } = overProxies('none', 'loose');
  a.session?.end();
  clock.advance(500);
  assert.deepEqual(
    [p.passed.map(({ method }) => method), q.passed.map(({ method }) => method)],
    [['INVITE'], ['INVITE', 'ACK', 'BYE']],
  );
  assert.equal(b.end?.why, 'hung-up');
});

test('a Path or an outbound proxy is put before the call (RFC 3261 §8.1.2)', () => {
  for (const [route, uri, routes] of [
    ['<sip:192.0.2.9;lr>', 'sip:far@example.com', ['<sip:192.0.2.9;lr>']],
    ['<sip:192.0.2.9>', 'sip:192.0.2.9', ['<sip:far@example.com>']],
  ] as const) {
    const { a, far, clock } = phoneAndFar();
    a.call(far.address, { uri: 'sip:far@example.com', route: [route] });
    clock.advance(50);
    assert.equal(far.requests[0]?.request.uri, uri);
    assert.deepEqual(far.requests[0]?.request.headers('Route'), routes);
  }
});

test('RFC 3261 §12.2: the route set of a confirmed dialog stays, whatever a re-INVITE records', () => {
  const { a, far, clock } = phoneAndFar();
  a.call(far.address);
  clock.advance(50);
  const invite = far.requests[0];
  assert.ok(invite);
  respondAs(invite, 180, 'one', { headers: [['Record-Route', '<sip:192.0.2.9;early;lr>']] });
  respondAs(invite, 200, 'one', { body: 'answer', headers: [['Record-Route', '<sip:192.0.2.9;lr>']] });
  clock.advance(50);
  const dialog = dialogOfCallee(invite.request, 'one');
  const headers = [
    ['Contact', '<sip:one@192.0.2.9>'],
    ['Record-Route', '<sip:192.0.2.77;lr>'],
    ['Content-Type', 'application/sdp'],
  ] as const;
  far.send(inDialogRequest(dialog, { method: 'INVITE', headers, body: new TextEncoder().encode('hold') }), a.target);
  clock.advance(50);
  far.layer.sendDirect(inDialogRequest(dialog, { method: 'ACK', headers: [], seq: dialog.localSeq }), a.target);
  clock.advance(50);
  a.session?.end();
  clock.advance(50);
  const bye = far.requests.at(-1)?.request;
  assert.equal(bye?.method, 'BYE');
  assert.deepEqual(bye?.headers('Route'), ['<sip:192.0.2.9;lr>'], 'as the 2xx said, not the 180, not the re-INVITE');
});

const vectors: readonly (readonly [
  target: string,
  routes: readonly string[],
  uri: string,
  sent: readonly string[],
  hop: string,
])[] = [
  ['sip:bob@pc', [], 'sip:bob@pc', [], 'sip:bob@pc'],
  ['sip:bob@pc', ['<sip:p;lr>', '<sip:q>'], 'sip:bob@pc', ['<sip:p;lr>', '<sip:q>'], 'sip:p;lr'],
  ['sip:bob@pc', ['<sip:p;LR=on>'], 'sip:bob@pc', ['<sip:p;LR=on>'], 'sip:p;LR=on'],
  ['sip:bob@pc', ['<sip:lr@p>'], 'sip:lr@p', ['<sip:bob@pc>'], 'sip:lr@p'],
  // RFC 3261 §12.2.1.1: what may not stand in a Request-URI is left out.
  [
    'sip:bob@pc',
    ['<sip:p;method=INVITE?Subject=x>', '<sip:q;lr>'],
    'sip:p',
    ['<sip:q;lr>', '<sip:bob@pc>'],
    'sip:p;method=INVITE?Subject=x',
  ],
];

test('RFC 3261 §12.2.1.1: Request-URI and Route from the target and the route set', () => {
  for (const [remoteTarget, routes, uri, sent, nextHop] of vectors)
    assert.deepEqual(routedRequest(remoteTarget, routes), { uri, routes: sent, nextHop });
});
