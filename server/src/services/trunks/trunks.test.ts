import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualTime } from '#base/clock';
import { createEventBus, createEventSource } from '#base/events';
import { createIdSource, createSeededRandom, type TrunkId } from '#base/ids';
import { createSecretBox } from '#base/secrets';
import { createConfiguration } from '#services/configuration';
import { createDirectory, directoryKinds } from '#services/directory';
import { createMemoryStorage } from '#storage/memory';
import {
  createTrunkKeeper,
  createTrunks,
  type Source,
  type TrunkRecord,
  trunkKinds,
  trunkStatusChanged,
} from './index.ts';
import { compileSource } from './match-source.ts';
import { inboundNumber, outboundNumber } from './rewrite-number.ts';
import { type ProbeResult, stepHealth, unknownHealth } from './trunk-health.ts';

async function scene() {
  const time = createManualTime();
  const random = createSeededRandom(6);
  const ids = createIdSource(time, random);
  const storage = createMemoryStorage({ kinds: [...directoryKinds, ...trunkKinds] });
  const bus = createEventBus((error) => assert.fail(String(error)));
  const events = createEventSource(time, ids);
  const configuration = createConfiguration({ store: storage.configuration, time, ids, bus, events });
  const secrets = createSecretBox([{ id: 'k1', bytes: new Uint8Array(32) }], random);
  const directory = createDirectory({ configuration, ids, random, secrets, events });
  const trunks = createTrunks({ configuration, ids, secrets, directory: directory.views });
  await configuration.load();
  const actors = [];
  for (const name of ['ours', 'theirs']) {
    const { tenant } = await directory.createTenant('tester', { name, domain: `${name}.test` });
    actors.push({ tenant, author: 'tester' });
  }
  const sent: string[] = [];
  const probes: ((result: ProbeResult) => void)[] = [];
  const signalling = {
    register: ({ body }: TrunkRecord) => void sent.push(`register ${body.name} ${body.registration?.expiresSec}`),
    unregister: ({ body }: TrunkRecord) => void sent.push(`unregister ${body.name}`),
    sendOptions: (trunk: { body: { name: string } }, done: (result: ProbeResult) => void) => {
      sent.push(`OPTIONS ${trunk.body.name}`);
      probes.push(done);
    },
  };
  const keeper = createTrunkKeeper({ views: trunks.views, signalling, time, bus, events });
  return { time, storage, bus, directory, trunks, keeper, sent, probes, ours: actors[0]!, theirs: actors[1]! };
}
const from = (address: string, more: Partial<Source> = {}): Source => ({
  address,
  port: 5060,
  transport: 'udp',
  ...more,
});
const echo = { to: 'builtin', builtin: 'echo' } as const;

const sourceRows: readonly [
  network: string,
  port: number | null,
  transport: 'tls' | null,
  source: Source,
  matches: boolean,
][] = [
  ['192.0.2.1', null, null, from('192.0.2.1'), true],
  ['192.0.2.1', null, null, from('192.0.2.2'), false],
  ['192.0.2.0/24', null, null, from('192.0.2.200'), true],
  ['192.0.2.0/24', null, null, from('192.0.3.1'), false],
  ['192.0.2.1', 5060, null, from('192.0.2.1', { port: 5080 }), false],
  ['192.0.2.1', null, 'tls', from('192.0.2.1'), false],
  ['192.0.2.1', null, 'tls', from('192.0.2.1', { transport: 'tls' }), true],
  ['2001:db8::/32', null, null, from('2001:db8:1::7'), true],
  ['2001:db8::/32', null, null, from('192.0.2.1'), false],
  ['0.0.0.0/0', null, null, from('203.0.113.9'), true],
];
for (const [network, port, transport, source, matches] of sourceRows) {
  test(`source ${network}:${port ?? '*'};${transport ?? '*'} and ${source.address}:${source.port};${source.transport}: ${matches}`, () => {
    assert.equal(compileSource({ network, port, transport })?.matches(source), matches);
  });
}

test('what is no network is not compiled', () => {
  for (const network of ['', 'peer.test', '192.0.2.1/33', '192.0.2.0/24/1', '192.0.2.0/x', '2001:db8::/129']) {
    assert.equal(compileSource({ network, port: null, transport: null }), undefined, network);
  }
});

test('numbers are rewritten on the way out and in', () => {
  assert.equal(outboundNumber({ strip: 1, prepend: '+49' }, '030123'), '+4930123');
  assert.equal(outboundNumber({ strip: 0, prepend: '' }, '112'), '112');
  assert.equal(inboundNumber({ strip: '00', prepend: '+' }, '004930123'), '+4930123');
  assert.equal(inboundNumber({ strip: '00', prepend: '+' }, '4930123'), '+4930123');
});

test('the longest prefix decides; within it the order', async () => {
  const { trunks, ours } = await scene();
  const a = await trunks.addTrunk(ours, { name: 'a', host: '192.0.2.1' });
  const b = await trunks.addTrunk(ours, { name: 'b', host: '192.0.2.2' });
  await trunks.addRoute(ours, { trunk: a, prefix: '', prepend: '9' });
  await trunks.addRoute(ours, { trunk: a, prefix: '00', strip: 2, prepend: '+', order: 2 });
  await trunks.addRoute(ours, { trunk: b, prefix: '00', strip: 1, order: 1 });
  const choose = (dialled: string) =>
    trunks.resolveOutbound(ours.tenant, dialled).map(({ trunk, number }) => `${trunk.body.name} ${number}`);
  assert.deepEqual(choose('004930'), ['b 04930', 'a +4930']);
  assert.deepEqual(choose('112'), ['a 9112']);
  await trunks.updateTrunk(ours, { trunk: a, enabled: false });
  assert.deepEqual(choose('112'), []);
});

test("another tenant's routes and trunks are not ours", async () => {
  const { trunks, ours, theirs } = await scene();
  const trunk = await trunks.addTrunk(ours, { name: 'a', host: '192.0.2.1' });
  await trunks.addRoute(ours, { trunk, prefix: '' });
  assert.deepEqual(trunks.resolveOutbound(theirs.tenant, '112'), []);
  assert.equal(trunks.views.get(theirs.tenant, trunk), undefined);
  await assert.rejects(trunks.addRoute(theirs, { trunk, prefix: '1' }), { code: 'configuration.dangling-reference' });
  await assert.rejects(trunks.removeTrunk(theirs, trunk), { code: 'trunks.not-found' });
});

test('a trunk reaches only public numbers that its tenant owns: no extension, no other tenant, nobody unknown', async () => {
  const { trunks, directory, ours, theirs } = await scene();
  const inbound = { strip: '00', prepend: '+' };
  await trunks.addTrunk(ours, { name: 'carrier', host: '192.0.2.1', inbound });
  await directory.createUser(ours, { extension: '100' });
  await directory.addNumber(ours, { digits: '+4930111', destination: echo });
  await directory.addNumber(theirs, { digits: '+4930222', destination: echo });
  const resolve = (address: string, dialled: string) => trunks.resolveInbound(from(address), dialled).kind;
  assert.equal(resolve('192.0.2.1', '004930111'), 'number');
  assert.equal(resolve('192.0.2.1', '100'), 'not-owned');
  assert.equal(resolve('192.0.2.1', '004930222'), 'not-owned');
  assert.equal(resolve('192.0.2.9', '004930111'), 'unknown-peer');
});

test('an extension is out of reach even when the rewrite would give it exactly', async () => {
  const { trunks, directory, ours } = await scene();
  await trunks.addTrunk(ours, { name: 'carrier', host: '192.0.2.1' });
  await directory.createUser(ours, { extension: '100' });
  assert.equal(trunks.resolveInbound(from('192.0.2.1'), '100').kind, 'not-owned');
});

test('two tenants with the same carrier: the dialled number decides', async () => {
  const { trunks, directory, ours, theirs } = await scene();
  for (const actor of [ours, theirs]) await trunks.addTrunk(actor, { name: 'carrier', host: '192.0.2.1' });
  await directory.addNumber(ours, { digits: '+4930111', destination: echo });
  await directory.addNumber(theirs, { digits: '+4930222', destination: echo });
  const tenantOf = (dialled: string) => {
    const resolution = trunks.resolveInbound(from('192.0.2.1'), dialled);
    return resolution.kind === 'number' ? resolution.trunk.tenant : resolution.kind;
  };
  assert.deepEqual(
    [tenantOf('+4930111'), tenantOf('+4930222'), tenantOf('+4930333')],
    [ours.tenant, theirs.tenant, 'not-owned'],
  );
});

test('the more specific source rule counts first', async () => {
  const { trunks, ours } = await scene();
  const rule = (network: string, port: number | null = null) => [{ network, port, transport: null }];
  await trunks.addTrunk(ours, { name: 'net', host: 'a.test', sources: rule('192.0.2.0/24') });
  await trunks.addTrunk(ours, { name: 'host', host: 'b.test', sources: rule('192.0.2.1') });
  await trunks.addTrunk(ours, { name: 'port', host: 'c.test', sources: rule('192.0.2.1', 5060) });
  assert.deepEqual(
    trunks.views.matchSource(from('192.0.2.1')).map(({ body }) => body.name),
    ['port', 'host', 'net'],
  );
});

test('the password is sealed in storage, open in the view, and not in revisions', async () => {
  const { trunks, storage, ours } = await scene();
  const id = await trunks.addTrunk(ours, { name: 'a', host: 'a.test', username: 'u', password: 's3cr3t!' });
  const revisions = await storage.configuration.revisions(ours.tenant, { limit: 9 });
  const stored = JSON.stringify([await storage.configuration.read(ours.tenant, 'trunk', id), revisions]);
  assert.ok(!stored.includes('s3cr3t!'));
  assert.equal(trunks.views.passwordOf(trunks.views.get(ours.tenant, id)!), 's3cr3t!');
  await trunks.updateTrunk(ours, { trunk: id, channelLimit: 3 });
  assert.equal(trunks.views.passwordOf(trunks.views.get(ours.tenant, id)!), 's3cr3t!');
  await trunks.updateTrunk(ours, { trunk: id, password: 'new' });
  assert.equal(trunks.views.passwordOf(trunks.views.get(ours.tenant, id)!), 'new');
});

test('what is wrong is refused with its code', async () => {
  const { trunks, directory, ours } = await scene();
  const trunk = await trunks.addTrunk(ours, { name: 'a', host: '192.0.2.1' });
  await trunks.addRoute(ours, { trunk, prefix: '0' });
  await directory.addNumber(ours, { digits: '900', destination: { to: 'trunk', trunk } });
  const cases: readonly [string, () => Promise<unknown>, string][] = [
    ['name', () => trunks.addTrunk(ours, { name: 'a', host: '192.0.2.2' }), 'trunks.name-taken'],
    ['host', () => trunks.addTrunk(ours, { name: 'b', host: 'not a host' }), 'trunks.invalid-input'],
    [
      'password alone',
      () => trunks.addTrunk(ours, { name: 'b', host: 'b.test', password: 'x' }),
      'trunks.invalid-input',
    ],
    ['port', () => trunks.updateTrunk(ours, { trunk, port: 70_000 }), 'trunks.invalid-input'],
    [
      'source',
      () => trunks.updateTrunk(ours, { trunk, sources: [{ network: 'x', port: null, transport: null }] }),
      'trunks.invalid-input',
    ],
    ['pin', () => trunks.updateTrunk(ours, { trunk, tls: { verify: 'pin', sha256: 'ab' } }), 'trunks.invalid-input'],
    ['authority', () => trunks.updateTrunk(ours, { trunk, tls: { verify: 'ca', caPem: 'x' } }), 'trunks.invalid-input'],
    ['reliability', () => trunks.updateTrunk(ours, { trunk, reliability: 'yes' as never }), 'trunks.invalid-input'],
    ['codecs', () => trunks.updateTrunk(ours, { trunk, codecs: ['a b'] }), 'trunks.invalid-input'],
    ['route twice', () => trunks.addRoute(ours, { trunk, prefix: '0' }), 'trunks.route-taken'],
    ['prefix', () => trunks.addRoute(ours, { trunk, prefix: 'a' }), 'trunks.invalid-input'],
    ['trunk in use', () => trunks.removeTrunk(ours, trunk), 'configuration.in-use'],
    ['no such trunk', () => trunks.updateTrunk(ours, { trunk: 'trk_x' as TrunkId }), 'trunks.not-found'],
  ];
  for (const [title, run, code] of cases) await assert.rejects(run(), { code }, title);
  await directory.removeNumber(ours, '900');
  await trunks.removeTrunk(ours, trunk);
  assert.deepEqual([trunks.views.trunks(ours.tenant), trunks.views.routes(ours.tenant)], [[], []]);
});

test('health: the first answer means up, three lost in a row down, two answers in a row up again, 503 counts as lost', () => {
  const ok: ProbeResult = { kind: 'answered', status: 405 };
  const busy: ProbeResult = { kind: 'answered', status: 503 };
  const lost: ProbeResult = { kind: 'no-answer' };
  let health = unknownHealth(0);
  const seen = [ok, lost, lost, ok, lost, busy, lost, ok, lost, ok, ok].map((probe, i) => {
    health = stepHealth(health, probe, i);
    return `${health.status}@${health.sinceUtcMs}`;
  });
  assert.deepEqual(seen, [
    'up@0',
    'up@0',
    'up@0',
    'up@0',
    'up@0',
    'up@0',
    'down@6',
    'down@6',
    'down@6',
    'down@6',
    'up@10',
  ]);
});

test('the keeper has trunks registered, watches, tells of changes and unregisters what was removed', async () => {
  const { trunks, keeper, sent, probes, time, ours, bus } = await scene();
  const told: string[] = [];
  bus.on(trunkStatusChanged, ({ data }) => void told.push(`${data.status} ${data.registered} ${data.trouble}`));
  const registration = { aor: 'u@carrier.test', expiresSec: 300 };
  const id = await trunks.addTrunk(ours, {
    name: 'c',
    host: 'carrier.test',
    registration,
    username: 'u',
    password: 'p',
  });
  keeper.tick();
  keeper.tick();
  assert.deepEqual(sent.splice(0), ['register c 300', 'OPTIONS c']);
  keeper.registrationNews(id, { kind: 'taken', expiresSec: 300 });
  probes.at(-1)?.({ kind: 'answered', status: 200 });
  assert.deepEqual([sent.splice(0), told.splice(0)], [[], ['unknown true ', 'up true ']]);
  const report = () => keeper.report(trunks.views.get(ours.tenant, id)!);
  const { sinceUtcMs, ...rest } = report();
  assert.deepEqual([rest, sinceUtcMs > 0], [{ status: 'up', registration: 'registered', trouble: '' }, true]);
  time.advance(60_000);
  keeper.tick();
  assert.deepEqual(sent.splice(0), ['OPTIONS c']);
  time.advance(3_000);
  keeper.tick();
  assert.deepEqual(sent.splice(0), [], 'the OPTIONS before has no answer yet: no second one');
  probes.at(-1)?.({ kind: 'answered', status: 200 });
  time.advance(178_000);
  keeper.tick();
  assert.deepEqual(sent.splice(0), ['OPTIONS c']);
  keeper.registrationNews(id, { kind: 'trying' });
  keeper.registrationNews(id, { kind: 'taken', expiresSec: 300 });
  assert.deepEqual(told, [], 'a refresh that went well is no news');
  time.advance(241_000);
  keeper.tick();
  sent.splice(0);
  keeper.registrationNews(id, { kind: 'failed', why: 'timeout' });
  assert.deepEqual([told.splice(0), report().trouble], [['up true timeout'], 'timeout']);
  await trunks.removeTrunk(ours, id);
  keeper.tick();
  assert.deepEqual(sent, ['unregister c']);
});

test('a peer that falls silent is down within seconds, and up again after two answers; late answers count for nothing', async () => {
  const { trunks, keeper, probes, time, ours, bus } = await scene();
  const told: string[] = [];
  bus.on(trunkStatusChanged, ({ data }) => void told.push(data.status));
  const id = await trunks.addTrunk(ours, { name: 'c', host: 'carrier.test', optionsSec: 60 });
  const seconds = (count: number) => {
    for (let second = 0; second < count; second += 1) {
      time.advance(1_000);
      keeper.tick();
    }
  };
  keeper.tick();
  probes[0]?.({ kind: 'answered', status: 200 });
  seconds(60);
  assert.equal(probes.length, 2);
  seconds(15);
  assert.deepEqual(told, ['up', 'down'], 'three probes of 4 s, a second between them');
  probes[1]?.({ kind: 'answered', status: 200 });
  probes[2]?.({ kind: 'no-answer' });
  assert.equal(keeper.statusOf(trunks.views.get(ours.tenant, id)!), 'down');
  seconds(60);
  probes.at(-1)?.({ kind: 'answered', status: 405 });
  assert.equal(told.length, 2, 'one answer may be chance');
  seconds(1);
  probes.at(-1)?.({ kind: 'answered', status: 200 });
  assert.deepEqual(told, ['up', 'down', 'up']);
});

test('a peer that never answered an OPTIONS may answer none at all: it is not called down', async () => {
  const { trunks, keeper, time, ours } = await scene();
  const id = await trunks.addTrunk(ours, { name: 'c', host: 'carrier.test', optionsSec: 5 });
  for (let second = 0; second < 100; second += 1) {
    keeper.tick();
    time.advance(1_000);
  }
  const { status, trouble } = keeper.report(trunks.views.get(ours.tenant, id)!);
  assert.deepEqual([status, trouble], ['unknown', 'it has answered no OPTIONS yet']);
});

test('a trunk that was changed registers anew with its new settings', async () => {
  const { trunks, keeper, sent, ours } = await scene();
  const registration = { aor: 'u@carrier.test', expiresSec: 300 };
  const id = await trunks.addTrunk(ours, { name: 'c', host: 'carrier.test', registration, optionsSec: 0 });
  keeper.tick();
  keeper.registrationNews(id, { kind: 'taken', expiresSec: 300 });
  await trunks.updateTrunk(ours, { trunk: id, registration: { ...registration, expiresSec: 900 } });
  keeper.tick();
  assert.deepEqual(sent, ['register c 300', 'unregister c', 'register c 900']);
});
