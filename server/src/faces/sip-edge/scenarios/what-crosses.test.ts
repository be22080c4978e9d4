/** What of one leg's signalling is seen on the other (docs/crossing.md), and what is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crossingHeaders } from '../crossing.ts';
import { callScene } from './call-scene.test.ts';

const uuid = (digit: string) => digit.repeat(32);

test('the headers of the table cross, each with its values, and no other does', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  const ours = crossingHeaders.map(([name], at): [string, string] => [name, `<sip:value${at}@a.test>`]);
  ada.call('101', {
    maxForwards: 10,
    headers: [
      ...ours,
      ['X-Internal', 'secret'],
      ['P-Charging-Vector', 'icid-value=1'],
      ['Remote-Party-ID', '<sip:boss@a.test>'],
      ['Session-ID', `${uuid('a')};remote=${uuid('0')}`],
    ],
  });
  calls.advance();
  const { invited } = bob;
  assert.ok(invited);
  assert.deepEqual(
    ours.map(([name]) => [name, invited.header(name)]),
    ours,
  );
  assert.deepEqual(
    ['X-Internal', 'P-Charging-Vector', 'Remote-Party-ID', 'Proxy-Authorization', 'Authorization', 'Record-Route'].map(
      (name) => invited.header(name),
    ),
    Array(6).fill(undefined),
  );
  assert.deepEqual([invited.maxForwards, invited.header('Session-ID')], [9, `${uuid('a')};remote=${uuid('0')}`]);
  bob.session?.accept(bob.say(['m=audio 4000 RTP/AVP 0']), [
    ['Session-ID', `${uuid('b')};remote=${uuid('a')}`],
    ['Server', 'Bob/1'],
  ]);
  calls.advance();
  assert.deepEqual(
    [ada.last?.header('Session-ID'), ada.last?.header('Server')],
    [`${uuid('b')};remote=${uuid('a')}`, undefined],
  );
  ada.session?.end();
  calls.assertOver();
});

test('RFC 7989 §6, §7: each party is told in every message what the other calls the session', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  bob.onCall = (session) =>
    void session.progress(180, { headers: [['Session-ID', `${uuid('b')};remote=${uuid('a')}`]] });
  ada.call('101', { sessionId: uuid('a') });
  calls.advance();
  assert.deepEqual(ada.last?.header('Session-ID'), `${uuid('b')};remote=${uuid('a')}`, 'in the 180');
  bob.accept();
  calls.advance();
  assert.deepEqual(ada.last?.header('Session-ID'), `${uuid('b')};remote=${uuid('a')}`, 'in the 200');
  ada.session?.end();
  calls.advance();
  assert.equal(bob.end?.message?.header('Session-ID'), `${uuid('a')};remote=${uuid('b')}`, 'in the BYE');
  calls.assertOver();
});

test('RFC 7989 §7: a party that knows no Session-ID is given one towards the other', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101', { sessionId: uuid('a') });
  calls.advance();
  bob.accept();
  calls.advance();
  const said = ada.last?.header('Session-ID') ?? '';
  assert.match(said, new RegExp(`^[0-9a-f]{12}4[0-9a-f]{19};remote=${uuid('a')}$`));
  bob.session?.end();
  calls.advance();
  assert.equal(ada.end?.message?.header('Session-ID'), said, 'the same in each message');
  calls.assertOver();
});

test('RFC 7989 §11: of RFC 7329 the one identifier counts; what is none is not passed on', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101', { headers: [['Session-ID', uuid('c')]] });
  calls.advance();
  assert.equal(bob.invited?.header('Session-ID'), `${uuid('c')};remote=${uuid('0')}`);
  ada.session?.end();
  calls.advance();
  ada.call('101', { headers: [['Session-ID', 'nothing of the kind']] });
  calls.advance();
  assert.equal(bob.invited?.header('Session-ID'), undefined);
  ada.session?.end();
  calls.assertOver(2);
});

test('RFC 7044, RFC 7433: more than 30 targets are a loop; a value that is too long stays behind', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  const history = (count: number) =>
    Array.from({ length: count }, (_, at): [string, string] => [
      'History-Info',
      `<sip:u${at}@a.test>;index=1.${at + 1}`,
    ]);
  ada.call('101', { headers: history(31) });
  calls.advance();
  assert.deepEqual([ada.take(), bob.invited], [['over rejected 483'], null]);
  ada.call('101', {
    headers: [...history(30), ['User-to-User', 'ab'.repeat(1_100)], ['User-to-User', 'abcd;encoding=hex']],
  });
  calls.advance();
  assert.deepEqual(bob.invited?.headers('User-to-User'), ['abcd;encoding=hex']);
  assert.equal(bob.invited?.headers('History-Info').length, 30);
  ada.session?.end();
  calls.assertOver(1);
});

test('RFC 3326, RFC 9366: reasons of other protocols cross beside our own, several of one protocol too', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  bob.session?.end({ reasonHeader: 'STIR;cause=436, STIR;cause=438;text="a, b", Q.850;cause=31, SIP;cause=200' });
  calls.advance();
  assert.deepEqual(ada.end?.message?.headers('Reason'), [
    'Q.850;cause=31;text="normal-clearing"',
    'STIR;cause=436',
    'STIR;cause=438;text="a, b"',
  ]);
  calls.assertOver();
});

test('RFC 7462: a call from a colleague rings as the tenant has it, unless the caller says how', async () => {
  const calls = await callScene();
  const { ada, bob, made } = calls;
  await made.directory.updateTenant(made.actor, { alertInternal: '<urn:alert:source:internal>' });
  ada.call('101');
  calls.advance();
  assert.deepEqual(bob.invited?.headers('Alert-Info'), ['<urn:alert:source:internal>']);
  ada.session?.end();
  calls.advance();
  ada.call('101', { headers: [['Alert-Info', '<urn:alert:priority:high>']] });
  calls.advance();
  assert.deepEqual(bob.invited?.headers('Alert-Info'), ['<urn:alert:priority:high>']);
  ada.session?.end();
  calls.assertOver(2);
});

test('each leg has its own Call-ID, tags, Contact, Supported, Allow and session timer', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101', {
    headers: [
      ['Supported', '100rel, x-new, timer'],
      ['Allow', 'INVITE, ACK, BYE, CANCEL, SERVICE'],
      ['Session-Expires', '600;refresher=uac'],
    ],
  });
  calls.advance();
  const { invited } = bob;
  assert.ok(invited);
  assert.notEqual(invited.callId, ada.session?.callId);
  assert.equal(invited.hasToken('Supported', 'x-new'), false);
  assert.equal(invited.hasToken('Allow', 'SERVICE'), false);
  assert.equal(invited.header('Require'), undefined);
  assert.equal(invited.header('Session-Expires'), '1800');
  assert.match(invited.header('Contact') ?? '', /192\.0\.2\.1/);
  bob.accept();
  calls.advance();
  assert.equal(ada.last?.header('Session-Expires'), '600;refresher=uac');
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3261 §8.1.1.6: the last hop is allowed, one more is refused with 483 and nobody rings', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101', { maxForwards: 0 });
  calls.advance();
  assert.deepEqual([ada.take(), bob.invited], [['over rejected 483'], null]);
  ada.call('101', { maxForwards: 1 });
  calls.advance();
  assert.equal(bob.invited?.maxForwards, 0);
  ada.session?.end();
  calls.assertOver();
});

test('RFC 3326: why a party hung up, or was refused, is told to the other with its Q.850 value', async () => {
  const calls = (await callScene()).up();
  const { ada, bob } = calls;
  bob.session?.end({ reasonHeader: 'Q.850;cause=31;text="whatever"' });
  calls.advance();
  assert.equal(ada.end?.reasonHeader, 'Q.850;cause=31;text="normal-clearing"');
  ada.call('101');
  calls.advance();
  bob.session?.reject(486, { headers: [['Reason', 'Q.850;cause=34']] });
  calls.advance();
  assert.deepEqual([ada.end?.status, ada.end?.reasonHeader], [486, 'Q.850;cause=34;text="busy"']);
  assert.deepEqual(
    calls.assertOver(2).map(({ code, q850 }) => [code, q850]),
    [
      ['normal-clearing', 31],
      ['busy', 34],
    ],
  );
});

test('RFC 3326: a caller whose other branch was answered says so, and the devices show no missed call', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101');
  calls.advance();
  ada.session?.end({ reasonHeader: 'SIP;cause=200;text="Call completed elsewhere"' });
  calls.advance();
  assert.equal(bob.end?.reasonHeader, 'SIP;cause=200;text="Call completed elsewhere"');
  assert.equal(calls.assertOver()[0]?.code, 'answered-elsewhere');
});

/** What a device's refusal becomes for the caller (RFC 3261 §21); the whole table has its test in status-map.test.ts. */
const refusals: readonly [device: number, caller: number, code: string][] = [
  [404, 404, 'not-found'],
  [408, 408, 'request-timeout'],
  [415, 488, 'not-acceptable'],
  [480, 480, 'no-answer'],
  [486, 486, 'busy'],
  [488, 488, 'not-acceptable'],
  [500, 502, 'upstream-failed'],
  [503, 502, 'upstream-failed'],
  [600, 486, 'busy'],
  [603, 603, 'declined'],
];

for (const [device, caller, code] of refusals) {
  test(`a device refuses with ${device}: the caller is told ${caller}, the cause is ${code}`, async () => {
    const calls = await callScene();
    const { ada, bob } = calls;
    ada.call('101');
    calls.advance();
    bob.session?.reject(device);
    calls.advance();
    assert.deepEqual(ada.take(), ['180', `over rejected ${caller}`]);
    assert.equal(calls.assertOver()[0]?.code, code);
  });
}
