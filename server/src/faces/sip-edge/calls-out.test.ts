/** Calls that go out: to a phone by the flow it registered over (RFC 5626 §5.3, RFC 3327), to a trunk with its credentials. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DigestClient, type NameAddr } from '@ringdown/sip';
import { endCause } from '#engine/calls';
import { usualCallerId } from '#services/trunks';
import {
  bodyOf,
  type Dial,
  descriptionOf,
  dial,
  edgeAddress,
  hasher,
  type Peer,
  type Scene,
  scene,
  sdpOf,
  textOf,
} from './edge-scene.test.ts';

function bindingOf(made: Scene): Dial['destination'] {
  const [binding] = made.registrar.lookup(made.tenant, '101@a.test');
  assert.ok(binding);
  const { contact, path, flow } = binding;
  return { kind: 'binding', aor: '101@a.test', contactUri: contact, path, flow: String(flow?.id ?? '') };
}

/** The edge has called Bob, who is registered. */
async function dialled(more: Partial<Dial> = {}, prepare: (made: Scene) => void = ({ bob }) => void bob.register()) {
  const made = await scene();
  prepare(made);
  const legId = dial(made, bindingOf(made), more);
  return { ...made, legId };
}

const userOf = ({ uri }: NameAddr) => (uri.kind === 'sip' ? `${uri.user}@${uri.host}` : '');

test('RFC 3261 §13.2: a phone is called, rings, answers, and is told of the end', async () => {
  const { bob, edge, clock, events, types, legId } = await dialled();
  const { invited } = bob;
  assert.ok(invited);
  assert.equal(invited.uri, 'sip:101@192.0.2.11');
  assert.deepEqual([userOf(invited.from), invited.from.displayName], ['100@a.test', 'Ada "A" L']);
  assert.deepEqual([invited.maxForwards, invited.header('Alert-Info')], [60, '<urn:x>']);
  assert.equal(invited.header('Session-ID'), `${'0123456789abcdef'.repeat(2)};remote=${'0'.repeat(32)}`);
  assert.equal(descriptionOf(textOf(invited)).media[0]?.port, 20_000);
  const [ringing] = events;
  assert.ok(ringing?.type === 'ringing' && ringing.status === 180 && ringing.description === null);
  assert.ok(ringing.source.length > 0, 'the fork that rings has a name');
  bob.session?.accept(bodyOf(sdpOf(5000, '192.0.2.11')));
  clock.advance(100);
  const answered = events.at(-1);
  assert.ok(answered?.type === 'answered');
  assert.deepEqual([answered.description?.media[0]?.port, answered.source], [5000, ringing.source]);
  assert.deepEqual(bob.seen, ['acknowledged']);
  edge.perform({ type: 'end', legId, cause: endCause('media-timeout') });
  clock.advance(100);
  assert.deepEqual([bob.end?.why, bob.end?.reasonHeader], ['hung-up', 'Q.850;cause=31;text="media-timeout"']);
  assert.deepEqual(types(), ['ringing', 'answered', 'ended']);
  assert.equal(edge.legCount, 0);
});

test('RFC 3261 §9.1: a phone that rings is told to stop, and that somebody else has answered', async () => {
  const { bob, edge, clock, events, legId } = await dialled();
  edge.perform({ type: 'end', legId, cause: endCause('answered-elsewhere') });
  clock.advance(100);
  assert.deepEqual(
    [bob.end?.why, bob.end?.reasonHeader],
    ['cancelled', 'SIP;cause=200;text="Call completed elsewhere"'],
  );
  assert.equal(events.at(-1)?.type, 'ended');
});

test('an INVITE without an offer: the answer goes into the ACK', async () => {
  const { bob, edge, clock, events, legId } = await dialled({ offer: null });
  assert.equal(bob.invited?.bodySizeBytes, 0);
  bob.session?.accept(bodyOf(sdpOf(5000, '192.0.2.11')));
  clock.advance(100);
  assert.deepEqual(bob.seen, [], 'not acknowledged yet');
  assert.equal(events.at(-1)?.type, 'answered');
  edge.perform({ type: 'acknowledge', legId, description: descriptionOf(sdpOf(20_000, edgeAddress)) });
  clock.advance(100);
  assert.deepEqual(bob.seen, ['acknowledged']);
});

test('a phone refuses', async () => {
  const { bob, clock, events } = await dialled();
  bob.session?.reject(603, { reason: 'Not Now' });
  clock.advance(100);
  const ended = events.at(-1);
  assert.ok(ended?.type === 'ended');
  assert.deepEqual([ended.cause.code, ended.cause.status, ended.cause.detail], ['declined', 603, 'Not Now']);
});

test('RFC 5626 §5.3: a phone that registered over TCP is called over that connection, whatever its Contact says', async () => {
  const { bob } = await dialled({}, (made) => {
    const target = { kind: 'tcp', remote: { family: 4, address: edgeAddress, port: 5060 } } as const;
    assert.equal(made.bob.register([['Contact', '<sip:101@10.0.0.7;transport=tcp>']], { target }).status, 200);
  });
  assert.deepEqual([bob.invited?.uri, bob.flow?.kind], ['sip:101@10.0.0.7;transport=tcp', 'tcp']);
});

test('RFC 3327 §5.2: a phone behind an edge proxy is called through it', async () => {
  const { bob, clock, edge, registrar, tenant } = await dialled({}, (made) => {
    const path: [string, string] = ['Path', '<sip:192.0.2.11;lr>'];
    const response = made.bob.register([['Contact', '<sip:101@10.0.0.7>'], path]);
    assert.deepEqual(response.headers('Path'), ['<sip:192.0.2.11;lr>']);
  });
  assert.equal(bob.invited?.header('Route'), '<sip:192.0.2.11;lr>');
  const [binding] = registrar.lookup(tenant, '101@a.test');
  assert.deepEqual(binding?.path, ['<sip:192.0.2.11;lr>']);
  assert.equal(edge.legCount, 1);
  clock.advance(1);
});

test('RFC 3327 §5.2: when the flow is gone, the first hop of the Path is where the call goes', async () => {
  const made = await scene();
  const destination = { ...bindingFor('sip:101@10.0.0.7'), path: ['<sip:192.0.2.11;lr>'] };
  dial(made, destination);
  assert.equal(made.bob.invited?.uri, 'sip:101@10.0.0.7');
});

function bindingFor(contactUri: string) {
  return { kind: 'binding', aor: '101@a.test', contactUri, path: [] as string[], flow: '' } as const;
}

test('a phone that cannot be reached is a leg that ends, after the command has returned', async () => {
  const made = await scene();
  const legId = dial(made, bindingFor('tel:+4930'));
  assert.deepEqual(
    made.events.map((event) => event.type === 'ended' && [event.legId, event.cause.code]),
    [[legId, 'unreachable']],
  );
});

// ---- trunks -----------------------------------------------------------------------------------------------------------------------

const carrier = (made: Scene): Peer => made.peer('192.0.2.50', 'carrier');

test('a trunk is called at its address, with its host in From and To', async () => {
  const made = await scene();
  const far = carrier(made);
  dial(
    made,
    { kind: 'trunk', trunkId: made.trunkId, user: '+49891' },
    { to: party('+49891'), from: party('+4930123') },
  );
  assert.equal(far.invited?.uri, 'sip:+49891@192.0.2.50');
  assert.ok(far.invited);
  assert.deepEqual([userOf(far.invited.from), userOf(far.invited.to)], ['+4930123@192.0.2.50', '+49891@192.0.2.50']);
  far.session?.reject(404, { reason: 'Unallocated' });
  made.clock.advance(100);
  const ended = made.events.at(-1);
  assert.ok(ended?.type === 'ended');
  assert.deepEqual([ended.cause.code, ended.cause.status], ['upstream-rejected', 404]);
});

const party = (user: string) => ({ displayName: '', user, host: 'a.test' });

test('a call from a trusted trunk is for a number of ours, from whom the trunk asserts', async () => {
  const made = await scene();
  await made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, callerId: { ...usualCallerId, trusted: true } });
  carrier(made).call('+4930123', {
    from: '<sip:anything@192.0.2.50>',
    headers: [['P-Asserted-Identity', '"Far" <sip:+49177@carrier.test>']],
  });
  made.clock.advance(100);
  const [call] = made.incoming;
  assert.deepEqual(call?.origin, { kind: 'trunk', trunkId: made.trunkId });
  assert.deepEqual(call?.from, { displayName: 'Far', user: '+49177', host: 'carrier.test' });
  assert.equal(call?.to.user, '+4930123');
});

test('RFC 3325 §7: who wants to stay unknown stays so', async () => {
  const made = await scene();
  carrier(made).call('+4930123', {
    from: '<sip:anonymous@anonymous.invalid>',
    headers: [
      ['P-Asserted-Identity', '<sip:+49177@carrier.test>'],
      ['Privacy', 'id'],
    ],
  });
  made.clock.advance(100);
  assert.equal(made.incoming[0]?.from.user, 'anonymous');
});

const trunkRefusals: readonly [title: string, address: string, number: string, from: string, status: number][] = [
  ['a number that is not ours', '192.0.2.50', '+4930999', '<sip:x@192.0.2.50>', 404],
  ['an extension is not dialled from outside', '192.0.2.50', '101', '<sip:x@192.0.2.50>', 404],
  ['a stranger has no trunk', '192.0.2.51', '+4930123', '<sip:x@192.0.2.51>', 401],
  ['who says to be a user of ours is asked for its password', '192.0.2.50', '+4930123', '<sip:100@a.test>', 401],
];

for (const [title, address, number, from, status] of trunkRefusals) {
  test(`a call from outside is refused: ${title}`, async () => {
    const made = await scene();
    const peer = made.peer(address, 'carrier');
    const asked = { method: 'INVITE', uri: `sip:${number}@a.test`, from, body: bodyOf(sdpOf(4000)) };
    assert.equal(peer.ask(asked, false).status, status);
    assert.equal(made.incoming.length, 0);
  });
}

test('a trunk that is to be asked is asked for its own credentials', async () => {
  const made = await scene();
  await made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, challenge: 'sha256' });
  const asked = { method: 'INVITE', uri: 'sip:+4930123@a.test', from: '<sip:x@192.0.2.50>', body: bodyOf(sdpOf(4000)) };
  const stranger = made.peer('192.0.2.50', 'us', 'guessed');
  const first = stranger.ask(asked, false);
  assert.match(first.header('WWW-Authenticate') ?? '', /algorithm=SHA-256/);
  assert.equal(stranger.ask(asked).status, 401);
  assert.equal(made.incoming.length, 0);
  const known = { username: 'us', password: 'their secret' };
  stranger.digest = new DigestClient({ hasher, random: stranger.random, account: () => known });
  stranger.call('+4930123', { from: asked.from });
  made.clock.advance(100);
  assert.deepEqual(made.incoming[0]?.origin, { kind: 'trunk', trunkId: made.trunkId });
});
