/** A call that goes to somebody else than it came for: what the phone and the trunk it goes to are told of that (RFC 7044, RFC 5806), and how it rings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeaderPair, SipRequest } from '@ringdown/sip';
import { callScene } from './call-scene.test.ts';

const trunkAddress = '192.0.2.50';

/** +4930123 is Ada's, +4930200 leads out by the carrier again. */
async function numbers() {
  const calls = await callScene();
  const { made } = calls;
  const destination = { to: 'trunk', trunk: made.trunkId, number: '+49170555' } as const;
  await made.directory.addNumber(made.actor, { digits: '+4930200', destination, forwardsOutside: true });
  const carrier = made.peer(trunkAddress, 'carrier');
  const invites: SipRequest[] = [];
  carrier.onInvited = (request) => void invites.push(request);
  const call = (number: string, headers: readonly HeaderPair[] = []) => {
    carrier.agent.invite(
      {
        uri: `sip:${number}@192.0.2.1`,
        from: `<sip:+49301@${trunkAddress}>`,
        to: `<sip:${number}@192.0.2.1>`,
        target: { kind: 'udp', remote: { family: 4, address: '192.0.2.1', port: 5060 } },
        body: calls.ada.say(['m=audio 4000 RTP/AVP 0']),
        headers,
      },
      carrier,
    );
    calls.advance(200);
  };
  return { calls, made, carrier, invites, call };
}

const told = (request: SipRequest | null | undefined, name: string) => request?.headers(name) ?? [];

test('RFC 7044 §9: a number that is a user of ours: the phone is told which number was called', async () => {
  const { calls, call } = await numbers();
  call('+4930123');
  assert.deepEqual(told(calls.ada.invited, 'History-Info'), [
    '<sip:+4930123@192.0.2.1>;index=1',
    '<sip:100@a.test>;index=1.1;mp=1',
  ]);
  assert.deepEqual(told(calls.ada.invited, 'Diversion'), [], 'nobody has sent it on');
});

test('an extension is its user: nothing is said', async () => {
  const { calls } = await numbers();
  calls.ada.call('101');
  calls.advance();
  assert.deepEqual(told(calls.bob.invited, 'History-Info'), []);
  calls.ada.session?.end();
  calls.assertOver();
});

test('RFC 4458, RFC 5806: a call that leads out again says who has sent it on, in the header that the trunk reads', async () => {
  const { made, invites, call } = await numbers();
  const rows = [
    ['both', 2, 1],
    ['diversion', 0, 1],
    ['history-info', 2, 0],
    ['off', 0, 0],
  ] as const;
  for (const [history, entries, diversions] of rows) {
    await made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, history });
    call('+4930200');
    const out = invites.pop();
    assert.equal(out?.uri.includes('+49170555'), true, history);
    assert.deepEqual([told(out, 'History-Info').length, told(out, 'Diversion').length], [entries, diversions], history);
    if (entries > 0)
      assert.deepEqual(told(out, 'History-Info'), [
        '<sip:+4930200@192.0.2.1>;index=1',
        `<sip:+49170555@${trunkAddress};cause=302>;index=1.1;mp=1`,
      ]);
    if (diversions > 0)
      assert.match(told(out, 'Diversion')[0] ?? '', /^<sip:\+4930200@192\.0\.2\.1>;reason=unconditional;counter=1/);
  }
});

test('RFC 7044 §10.1: a caller that hides where the call has been: the next trunk is not told', async () => {
  const { invites, call } = await numbers();
  call('+4930200', [
    ['History-Info', '<sip:boss@b.test>;index=1'],
    ['Privacy', 'history'],
  ]);
  const entries = told(invites.pop(), 'History-Info');
  assert.equal(entries.length, 3);
  for (const entry of entries) assert.match(entry, /^<sip:anonymous@anonymous\.invalid/);
});

test('RFC 7462: a call from outside rings as the tenant has it, and as its trunk has it before that', async () => {
  const { calls, made, call } = await numbers();
  await made.directory.updateTenant(made.actor, { alertExternal: '<urn:alert:source:external>' });
  call('+4930123');
  assert.deepEqual(told(calls.ada.invited, 'Alert-Info'), ['<urn:alert:source:external>']);
  await made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, alert: '<http://127.0.0.1/Bellcore-dr2>' });
  call('+4930123');
  assert.deepEqual(told(calls.ada.invited, 'Alert-Info'), ['<http://127.0.0.1/Bellcore-dr2>']);
  const wrong = made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, alert: 'ring it' });
  await assert.rejects(wrong, /alert/);
});
