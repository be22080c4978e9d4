/** INFO and its packages across two legs (RFC 6086), and MESSAGE in a dialog (RFC 3428). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildResponse, type SessionBody, type SipRequest, type SipResponse } from '@ringdown/sip';
import { packagesOfOneLeg } from '../info-packages.ts';
import { type CallScene, callScene } from './call-scene.test.ts';
import type { Phone } from './phone.test.ts';

type Headers = readonly (readonly [string, string])[];

/** Ada calls Bob; each says which packages it wants. */
async function up(adaWants: Headers, bobWants: Headers): Promise<CallScene> {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101', { headers: adaWants });
  calls.advance();
  bob.session?.accept(bob.say(['m=audio 4000 RTP/AVP 0']), bobWants);
  calls.advance();
  return calls;
}

/** What the other phone got, and what was answered. */
function tell(
  calls: CallScene,
  from: Phone,
  to: Phone,
  request: { method?: string; headers?: Headers; body?: SessionBody },
) {
  const got: SipRequest[] = [];
  const finals: SipResponse[] = [];
  to.onRequest = (...args: unknown[]) => {
    const transaction = args[1] as { request: SipRequest; respond: (response: SipResponse) => void };
    got.push(transaction.request);
    transaction.respond(buildResponse(transaction.request, 200));
  };
  const { method = 'INFO', ...rest } = request;
  from.session?.request(method, { ...rest, onFinal: (response) => void (response && finals.push(response)) });
  calls.advance();
  return { got, final: finals[0] };
}

const wants = (value: string): Headers => [['Recv-Info', value]];
const all = Uint8Array.from({ length: 256 }, (_, at) => at);

test('RFC 6086 §5.2: each side is told which packages the other wants, less those that are of one leg', async () => {
  const calls = await up(wants('dtmf, trickle-ice, g.x'), wants('g.x;v=1'));
  assert.deepEqual(calls.bob.invited?.headers('Recv-Info'), ['dtmf', 'g.x']);
  assert.deepEqual(calls.ada.last?.headers('Recv-Info'), ['g.x']);
  calls.ada.session?.end();
  calls.assertOver();
});

test('RFC 6086 §5.2.3: where nobody speaks of packages nobody is told of any', async () => {
  const calls = (await callScene()).up();
  assert.deepEqual(
    [calls.bob.invited?.header('Recv-Info'), calls.ada.last?.header('Recv-Info')],
    [undefined, undefined],
  );
  calls.ada.session?.end();
  calls.assertOver();
});

for (const direction of ['caller to callee', 'callee to caller'])
  test(`RFC 6086 §4.2: an INFO of an agreed package crosses octet for octet: ${direction}`, async () => {
    const calls = await up(wants('g.x'), wants('g.x'));
    const [from, to] = direction === 'caller to callee' ? [calls.ada, calls.bob] : [calls.bob, calls.ada];
    const headers: Headers = [
      ['Info-Package', 'G.X;foo="b,a r"'],
      ['Content-Disposition', 'Info-Package'],
    ];
    const { got, final } = tell(calls, from, to, { headers, body: { type: 'application/x; a=1', bytes: all } });
    assert.equal(final?.status, 200);
    const [info] = got;
    assert.deepEqual(
      [info?.contentType, ...headers.map(([name]) => info?.header(name))],
      ['application/x; a=1', 'G.X;foo="b,a r"', 'Info-Package'],
    );
    assert.deepEqual(Uint8Array.from(info?.body ?? []), all);
    calls.ada.session?.end();
    calls.assertOver();
  });

const refused: readonly [
  what: string,
  adaWants: Headers,
  bobWants: Headers,
  name: string,
  welcome: string | undefined,
][] = [
  ['one that the far side does not want', wants('g.x'), wants('g.y'), 'g.x', 'g.y'],
  ['any, where the far side wants none', wants('g.x'), wants(''), 'g.x', ''],
  ['one that is of one leg', wants('trickle-ice'), wants('trickle-ice'), 'trickle-ice', ''],
];
for (const [what, adaWants, bobWants, name, welcome] of refused)
  test(`RFC 6086 §4.2.2: 469 with what is welcome: ${what}`, async () => {
    const calls = await up(adaWants, bobWants);
    const { got, final } = tell(calls, calls.ada, calls.bob, { headers: [['Info-Package', name]] });
    assert.deepEqual(
      [final?.status, final?.reason, final?.header('Recv-Info'), got.length],
      [469, 'Bad Info Package', welcome, 0],
    );
    calls.ada.session?.end();
    calls.assertOver();
  });

test('RFC 6086 §9: keys by INFO without a package pass whatever was agreed; an empty INFO is answered and goes no further', async () => {
  const calls = await up(wants('g.x'), wants('g.x'));
  const body = { type: 'application/dtmf-relay', bytes: new TextEncoder().encode('Signal=5\r\nDuration=160\r\n') };
  const keys = tell(calls, calls.ada, calls.bob, { body });
  assert.deepEqual(
    [keys.final?.status, keys.got[0]?.contentType, keys.got[0]?.header('Info-Package')],
    [200, body.type, undefined],
  );
  assert.deepEqual(Uint8Array.from(keys.got[0]?.body ?? []), Uint8Array.from(body.bytes));
  const empty = tell(calls, calls.ada, calls.bob, {});
  assert.deepEqual([empty.final?.status, empty.got.length], [200, 0]);
  calls.ada.session?.end();
  calls.assertOver();
});

test('RFC 3428 §7: a MESSAGE in the dialog is accepted, not delivered, and crosses as it was written', async () => {
  const calls = await up([], []);
  const body = {
    type: 'message/cpim',
    bytes: new TextEncoder().encode('From: <im:ä@a.test>\r\n\r\nContent-Type: text/plain\r\n\r\nhi'),
  };
  const { got, final } = tell(calls, calls.bob, calls.ada, { method: 'MESSAGE', headers: [['Expires', '60']], body });
  assert.equal(final?.status, 202);
  assert.deepEqual([got[0]?.method, got[0]?.contentType, got[0]?.header('Expires')], ['MESSAGE', 'message/cpim', '60']);
  assert.deepEqual(Uint8Array.from(got[0]?.body ?? []), Uint8Array.from(body.bytes));
  calls.ada.session?.end();
  calls.assertOver();
});

test('each package that stays says why', () => {
  for (const [name, why] of packagesOfOneLeg) assert.ok(name === name.toLowerCase() && why !== '');
});
