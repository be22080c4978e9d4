/** Who may call what: one row per case, over a directory of two tenants and their trunks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualTime } from '#base/clock';
import { createEventBus, createEventSource } from '#base/events';
import { createIdSource, createSeededRandom, type TrunkId, type UserId } from '#base/ids';
import { createSecretBox } from '#base/secrets';
import type { CallPlan, IncomingCall } from '#engine/calls';
import { createConfiguration } from '#services/configuration';
import { createDirectory, directoryKinds } from '#services/directory';
import type { Binding } from '#services/registrar';
import { createTrunks, trunkKinds } from '#services/trunks';
import { createMemoryStorage } from '#storage/memory';
import { createCalling } from './index.ts';

async function scene() {
  const time = createManualTime();
  const random = createSeededRandom(4);
  const ids = createIdSource(time, random);
  const storage = createMemoryStorage({ kinds: [...directoryKinds, ...trunkKinds] });
  const bus = createEventBus((error) => assert.fail(String(error)));
  const events = createEventSource(time, ids);
  const configuration = createConfiguration({ store: storage.configuration, time, ids, bus, events });
  const secrets = createSecretBox([{ id: 'k1', bytes: new Uint8Array(32) }], random);
  const directory = createDirectory({ configuration, ids, random, secrets, events });
  const trunks = createTrunks({ configuration, ids, secrets, directory: directory.views });
  await configuration.load();
  const { tenant } = await directory.createTenant('t', { name: 'ours', domain: 'a.test', ownAddresses: true });
  const theirs = await directory.createTenant('t', { name: 'theirs', domain: 'b.test' });
  const actor = { tenant, author: 't' };
  const ada = await directory.createUser(actor, { extension: '100' });
  await directory.createUser({ tenant: theirs.tenant, author: 't' }, { extension: '200' });
  const carrier = await trunks.addTrunk(actor, {
    name: 'carrier',
    host: '192.0.2.50',
    channelLimit: 2,
    codecs: ['PCMA'],
  });
  const spare = await trunks.addTrunk(actor, { name: 'spare', host: '192.0.2.51' });
  await trunks.addRoute(actor, { trunk: carrier, prefix: '0' });
  await trunks.addRoute(actor, { trunk: carrier, prefix: '9' });
  await trunks.addRoute(actor, { trunk: spare, prefix: '9', order: 2 });
  const add = (digits: string, more: Omit<Parameters<typeof directory.addNumber>[1], 'digits'>) =>
    directory.addNumber(actor, { digits, ...more });
  await add('600', { destination: { to: 'builtin', builtin: 'echo' } });
  await add('+4930100', { destination: { to: 'user', user: ada.user } });
  await add('+4930200', { destination: { to: 'trunk', trunk: spare } });
  await add('+4930300', { destination: { to: 'trunk', trunk: spare }, forwardsOutside: true });
  const inUse = new Map<TrunkId, number>();
  const down = new Map<TrunkId, number>();
  const bindings: Binding[] = [];
  const calling = createCalling({
    ports: {
      directory: directory.views,
      registrar: { lookup: () => bindings },
      outbound: (of, dialled) => trunks.resolveOutbound(of, dialled),
      channelsInUse: (trunk) => inUse.get(trunk) ?? 0,
      downSince: ({ id }) => down.get(id as TrunkId),
      trunk: (of, id, number) => {
        const trunk = trunks.views.get(of, id);
        return trunk === undefined ? undefined : { trunk, number };
      },
    },
    ringMs: 30_000,
    trunkRingMs: 120_000,
    codecs: ['OPUS', 'PCMU'],
  });
  const decide = (origin: IncomingCall['origin'], dialled: string): CallPlan =>
    calling.decide({
      tenantId: tenant,
      origin,
      from: { displayName: '', user: 'x', host: 'a.test' },
      to: { displayName: '', user: dialled, host: 'a.test' },
    });
  return { decide, inUse, down, carrier, spare, trunks, directory, bindings, actor, ada, user: ada.user as UserId };
}

function verdictOf(plan: CallPlan): string {
  if (plan.kind === 'refuse') return plan.cause.code;
  if (plan.kind === 'serve') return plan.service;
  return plan.steps
    .flatMap(({ targets }) =>
      targets.map(({ destination }) => (destination.kind === 'trunk' ? destination.user : 'phone')),
    )
    .join(' then ');
}

const rows: readonly [who: 'user' | 'trunk', dialled: string, verdict: string][] = [
  ['user', '100', 'not-registered'],
  ['user', '600', 'echo'],
  ['user', '200', 'no-route'],
  ['user', 'nobody', 'not-found'],
  ['user', '0491234', '0491234'],
  ['user', '5551234', 'no-route'],
  ['user', '9123', '9123 then 9123'],
  ['user', '+4930200', '+4930200'],
  ['trunk', '+4930100', 'not-registered'],
  ['trunk', '100', 'not-found'],
  ['trunk', '600', 'not-found'],
  ['trunk', '200', 'not-found'],
  ['trunk', '0491234', 'not-found'],
  ['trunk', '+4999999', 'not-found'],
  ['trunk', '+4930200', 'forbidden'],
  ['trunk', '+4930300', '+4930300'],
];
for (const [who, dialled, verdict] of rows)
  test(`no open relay: a ${who} dials ${dialled}: ${verdict}`, async () => {
    const { decide, spare, user } = await scene();
    const origin =
      who === 'user' ? ({ kind: 'user', userId: user } as const) : ({ kind: 'trunk', trunkId: spare } as const);
    assert.equal(verdictOf(decide(origin, dialled)), verdict);
  });

test('a trunk that is switched off is not called, though a number leads to it', async () => {
  const { decide, spare, trunks, actor, user } = await scene();
  await trunks.updateTrunk(actor, { trunk: spare, enabled: false });
  const refused = decide({ kind: 'user', userId: user }, '+4930200');
  assert.ok(refused.kind === 'refuse');
  assert.deepEqual([refused.cause.code, refused.cause.detail], ['no-route', 'trunk spare is switched off']);
});

test('channels: a full trunk is passed over, and when all are full the call is refused and says which', async () => {
  const { decide, inUse, carrier, user } = await scene();
  const origin = { kind: 'user', userId: user } as const;
  inUse.set(carrier, 1);
  assert.equal(verdictOf(decide(origin, '9123')), '9123 then 9123');
  inUse.set(carrier, 2);
  assert.equal(verdictOf(decide(origin, '9123')), '9123');
  const full = decide(origin, '0123');
  assert.ok(full.kind === 'refuse');
  assert.deepEqual(
    [full.cause.code, full.cause.detail],
    ['channels-used-up', 'all 2 channels of trunk carrier are in use'],
  );
});

test('channels: a call that comes in by a trunk counts itself', async () => {
  const { decide, inUse, carrier } = await scene();
  const origin = { kind: 'trunk', trunkId: carrier } as const;
  inUse.set(carrier, 2);
  assert.equal(verdictOf(decide(origin, '+4930100')), 'not-registered');
  inUse.set(carrier, 3);
  assert.equal(verdictOf(decide(origin, '+4930100')), 'channels-used-up');
});

test('codecs: a trunk is offered those that it was given, else the defaults', async () => {
  const { decide, user } = await scene();
  const plan = decide({ kind: 'user', userId: user }, '9123');
  assert.ok(plan.kind === 'dial');
  assert.deepEqual(
    plan.steps.map(({ targets }) => targets[0]?.codecs),
    [['PCMA'], ['OPUS', 'PCMU']],
  );
});

test('codecs: a phone is offered what it was given, in its order; the calling side has its say about which', async () => {
  const { decide, bindings, directory, actor, ada, carrier, user } = await scene();
  const binding = { contact: 'sip:100@192.0.2.1', path: [], q: 1, device: ada.device } as unknown as Binding;
  bindings.push(binding);
  const codecsOf = (origin: IncomingCall['origin'], dialled: string) => {
    const plan = decide(origin, dialled);
    assert.ok(plan.kind === 'dial');
    return plan.steps[0]?.targets[0]?.codecs;
  };
  const caller = { kind: 'user', userId: user } as const;
  assert.deepEqual(codecsOf(caller, '100'), ['OPUS', 'PCMU'], 'those of the installation');
  await directory.updateDevice(actor, { device: ada.device, codecs: ['PCMA', 'PCMU'] });
  assert.deepEqual(codecsOf(caller, '100'), ['PCMA', 'PCMU']);
  assert.deepEqual(codecsOf({ kind: 'trunk', trunkId: carrier }, '+4930100'), ['PCMA'], 'the trunk speaks PCMA only');
  assert.deepEqual(
    codecsOf({ ...caller, deviceId: ada.device }, '+4930200'),
    ['PCMU'],
    'not Opus, which the phone may not',
  );
  assert.deepEqual(codecsOf({ ...caller, deviceId: ada.device }, '0123'), ['PCMA']);
});

test('health: a trunk that is down is passed over, and when all are down the call is refused at once and says since when', async () => {
  const { decide, down, carrier, spare, user } = await scene();
  const origin = { kind: 'user', userId: user } as const;
  down.set(carrier, 0);
  const plan = decide(origin, '9123');
  assert.deepEqual(plan.kind === 'dial' && plan.steps.map(({ targets }) => targets[0]?.destination), [
    { kind: 'trunk', trunkId: spare, user: '9123' },
  ]);
  const refused = decide(origin, '0123');
  assert.ok(refused.kind === 'refuse');
  assert.deepEqual(
    [refused.cause.code, refused.cause.detail],
    ['trunk-down', 'trunk carrier is down since 1970-01-01T00:00:00.000Z, as it answers no OPTIONS'],
  );
  assert.equal(verdictOf(decide({ kind: 'trunk', trunkId: carrier }, '+4930100')), 'not-registered', 'calls in go on');
});

test('media may go straight where both sides say so, by settings of their own or the tenant’s; the lists of both count', async () => {
  const { decide, carrier, trunks, directory, actor, user } = await scene();
  const [device] = directory.listUsers(actor.tenant).find((one) => one.user === user)?.devices ?? [];
  assert.ok(device);
  const origin = { kind: 'user', userId: user, deviceId: device.device } as const;
  const terms = (): readonly unknown[] => {
    const plan = decide(origin, '0123');
    return plan.kind === 'dial' ? plan.steps.map(({ targets }) => targets[0]?.direct) : [plan.kind];
  };
  assert.deepEqual(terms(), [undefined]);
  await directory.updateTenant(actor, { media: 'direct' });
  assert.deepEqual(terms(), [{ codecs: ['PCMA'] }]);
  await trunks.updateTrunk(actor, { trunk: carrier, media: 'relay' });
  assert.deepEqual(terms(), [undefined]);
  await trunks.updateTrunk(actor, { trunk: carrier, media: null, codecs: ['PCMA', 'G722'] });
  await directory.updateDevice(actor, { device: device.device, codecs: ['PCMU', 'PCMA'] });
  assert.deepEqual(terms(), [{ codecs: ['PCMA'] }]);
  await directory.updateTenant(actor, { media: 'relay' });
  assert.deepEqual(terms(), [undefined]);
  await directory.updateDevice(actor, { device: device.device, media: 'direct' });
  await trunks.updateTrunk(actor, { trunk: carrier, media: 'direct' });
  assert.deepEqual(terms(), [{ codecs: ['PCMA'] }]);
  await assert.rejects(
    trunks.updateTrunk(actor, { trunk: carrier, media: 'both' as never }),
    /media must be relay or direct/,
  );
  await assert.rejects(directory.updateDevice(actor, { device: device.device, media: 'no' as never }), /media must be/);
});

test('a device behind NAT or behind a proxy of its own is not called direct', async () => {
  const { decide, bindings, directory, actor, user } = await scene();
  await directory.updateTenant(actor, { media: 'direct' });
  const at = (more: Partial<Binding>): Binding =>
    ({ contact: 'sip:100@192.0.2.9', path: [], q: 1, device: '', nat: false, ...more }) as Binding;
  for (const [more, isDirect] of [
    [{}, true],
    [{ nat: true }, false],
    [{ path: ['<sip:192.0.2.8;lr>'] }, false],
  ] as const) {
    bindings.splice(0, 1, at(more));
    const plan = decide({ kind: 'user', userId: user }, '100');
    assert.ok(plan.kind === 'dial');
    assert.equal(plan.steps[0]?.targets[0]?.direct !== undefined, isDirect, JSON.stringify(more));
  }
});
