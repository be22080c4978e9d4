/** RFC 6140: a PBX that registers with us, with all its numbers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dial, type Peer, scene } from './edge-scene.test.ts';
import { contactOfNumber } from './trunk-bindings.ts';

async function withPbx() {
  const made = await scene();
  const { trunks, directory, actor, tenant, one } = made;
  const pbxTrunk = await trunks.addTrunk(actor, {
    ...{ name: 'pbx', host: 'a.test', registersAs: 'pbx@a.test', challenge: 'md5' },
    ...{ username: 'pbx', password: 'its secret' },
  });
  await directory.addNumber(actor, { digits: '+4930777', destination: { to: 'trunk', trunk: pbxTrunk } });
  await directory.addNumber(actor, { digits: '+4930888', destination: { to: 'user', user: one.user } });
  const pbx = made.peer('192.0.2.60', 'pbx', 'its secret');
  return { ...made, pbx, pbxTrunk, tenant };
}

const register = (pbx: Peer, contact = '<sip:192.0.2.60:5060;bnc>', require = 'gin') =>
  pbx.register([['Contact', contact], ...(require === '' ? [] : ([['Require', require]] as [string, string][]))]);

test('RFC 6140 §5.2: a bulk contact is taken from the PBX by its own credentials, and only from it', async () => {
  const { pbx, registrar, tenant, peer, ada } = await withPbx();
  const response = register(pbx);
  assert.deepEqual([response.status, response.contacts()[0]?.uriText], [200, 'sip:192.0.2.60:5060;bnc']);
  assert.equal(registrar.lookup(tenant, 'pbx@a.test').length, 1);
  assert.equal(ada.register([], { to: '<sip:pbx@a.test>' }).status, 401);
  const liar = peer('192.0.2.61', 'pbx', 'another');
  assert.equal(register(liar).status, 401);
});

const faults: readonly [string, string, string, number][] = [
  ['a user in a bulk contact', '<sip:49777@192.0.2.60;bnc>', 'gin', 400],
  ['a bulk contact without gin', '<sip:192.0.2.60;bnc>', '', 400],
  ['a contact of its own, without numbers', '<sip:pbx@192.0.2.60>', '', 200],
];
for (const [title, contact, require, status] of faults)
  test(`RFC 6140 §5.2: ${title}: ${status}`, async () => {
    const { pbx } = await withPbx();
    assert.equal(register(pbx, contact, require).status, status);
  });

test('RFC 6140 §5.2: a call for one of its numbers goes to where it is, with the number in the URI', async () => {
  const made = await withPbx();
  const { pbx, pbxTrunk, clock } = made;
  const destination = { kind: 'trunk', trunkId: pbxTrunk, user: '+4930777' } as const;
  dial(made, destination);
  const refused = made.events.find((event) => event.type === 'ended');
  assert.match(refused?.type === 'ended' ? (refused.cause.detail ?? '') : '', /trunk pbx is not registered here/);
  register(pbx);
  dial(made, destination);
  clock.advance(200);
  assert.equal(pbx.invited?.uri, 'sip:+4930777@192.0.2.60:5060');
});

test('a call from it is a call of the trunk, for which it is asked who it is', async () => {
  const made = await withPbx();
  const { pbx, clock, incoming, pbxTrunk } = made;
  const call = () => {
    pbx.call('+4930888', { from: '<sip:+4930777@a.test>' });
    clock.advance(200);
  };
  call();
  assert.deepEqual([incoming.length, pbx.end?.status], [0, 401], 'a stranger before it registers');
  register(pbx);
  call();
  assert.deepEqual(incoming[0]?.origin, { kind: 'trunk', trunkId: pbxTrunk });
  assert.equal(incoming[0]?.from.user, '+4930777');
  pbx.digest = made.ada.digest;
  call();
  assert.equal(incoming.length, 1, 'the address alone proves nothing');
});

test('a trunk that registers has credentials that are asked for', async () => {
  const { trunks, actor } = await scene();
  const open = { name: 'open', host: 'a.test', registersAs: 'x@a.test', challenge: 'none' } as const;
  await assert.rejects(trunks.addTrunk(actor, open), /username must be given/);
  const known = { ...open, username: 'x', password: 'y' };
  await assert.rejects(trunks.addTrunk(actor, known), /challenge must ask/);
});

const numbers: readonly [string, string][] = [
  ['sip:192.0.2.60;bnc', 'sip:+1@192.0.2.60'],
  ['sip:pbx.example.com:5080;transport=tcp;BNC', 'sip:+1@pbx.example.com:5080;transport=tcp'],
  ['sips:[2001:db8::1];bnc', 'sips:+1@[2001:db8::1]'],
  ['sip:trunk@192.0.2.60', 'sip:trunk@192.0.2.60'],
];
for (const [contact, uri] of numbers)
  test(`RFC 6140 §5.2: ${contact} is ${uri}`, () => {
    assert.equal(contactOfNumber(contact, '+1'), uri);
  });
