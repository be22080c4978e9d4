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

test('each leg has its own Call-ID, tags, Contact, Supported, Allow and session timer', async () => {
  const calls = await callScene();
  const { ada, bob } = calls;
  ada.call('101', {
    headers: [
      ['Supported', '100rel, x-new, timer'],
      ['Allow', 'INVITE, ACK, BYE, CANCEL, PUBLISH'],
      ['Session-Expires', '600;refresher=uac'],
    ],
  });
  calls.advance();
  const { invited } = bob;
  assert.ok(invited);
  assert.notEqual(invited.callId, ada.session?.callId);
  assert.equal(invited.hasToken('Supported', 'x-new'), false);
  assert.equal(invited.hasToken('Allow', 'PUBLISH'), false);
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
