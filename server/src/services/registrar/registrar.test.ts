import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualTime, type ManualTime } from '#base/clock';
import { createEventBus, createEventSource } from '#base/events';
import { createIdSource, createSeededRandom } from '#base/ids';
import { createMemoryStorage } from '#storage/memory';
import {
  type BindingFlow,
  type BindingStore,
  createRegistrar,
  type RegisterRequest,
  type Registrar,
  registrationChanged,
} from './index.ts';

const ids = createIdSource({ nowUtcMs: () => 1 }, createSeededRandom(1));
const [tenant, other] = [ids.next('tenant'), ids.next('tenant')];
const policy = {
  minExpiresSec: 60,
  maxExpiresSec: 3600,
  defaultExpiresSec: 3600,
  natUdpExpiresSec: 120,
  maxContacts: 10,
};

type Stores = Pick<ReturnType<typeof createMemoryStorage>, 'bindings' | 'bindingLog'>;

function scene(time: ManualTime = createManualTime(), stores: Stores = createMemoryStorage({ kinds: [] })) {
  const { bindings, bindingLog: log } = stores;
  const heard: string[] = [];
  const failures: unknown[] = [];
  const bus = createEventBus((error) => assert.fail(String(error)));
  bus.on(registrationChanged, ({ data }) => void heard.push(`${data.what} ${data.contact} ${data.contacts}`));
  const events = createEventSource(time, ids);
  const onSaveFailed = (error: unknown) => void failures.push(error);
  const registrar = createRegistrar({ policy, store: bindings, log, time, bus, events, onSaveFailed });
  return { registrar, time, stores, bindings, heard, failures };
}

const flow = (id: number, kind: BindingFlow['kind'] = 'tcp'): BindingFlow => ({
  id,
  kind,
  remoteAddress: '198.51.100.7',
  remotePort: 4000 + id,
  localAddress: '192.0.2.1',
  localPort: 5060,
});
let calls = 0;
const register = (registrar: Registrar, uri: string, more: Partial<RegisterRequest> = {}) =>
  registrar.register({ tenant, aor: '100@a.test', contacts: [{ uri }], callId: `c${++calls}`, cseq: 1, ...more });
const reached = (registrar: Registrar, of = tenant) =>
  registrar.lookup(of, '100@a.test').map((binding) => binding.contact);

test('the answer lists every binding with what is left of it', () => {
  const { registrar, time } = scene();
  register(registrar, 'sip:1', { expiresSec: 600 });
  time.advance(100_500);
  const outcome = register(registrar, 'sip:2');
  assert.ok(outcome.kind === 'ok');
  assert.deepEqual(
    outcome.bindings.map(({ binding, expiresSec }) => [binding.contact, expiresSec]),
    [
      ['sip:2', 3600],
      ['sip:1', 500],
    ],
  );
});

test("another tenant's same AOR is another AOR", () => {
  const { registrar } = scene();
  register(registrar, 'sip:ours');
  assert.deepEqual(reached(registrar, other), []);
  register(registrar, 'sip:theirs', { tenant: other });
  assert.deepEqual([reached(registrar), reached(registrar, other)], [['sip:ours'], ['sip:theirs']]);
  assert.deepEqual(
    registrar.list(other).map(({ aor, bindings }) => [aor, bindings.length]),
    [['100@a.test', 1]],
  );
});

test('an expired binding is not found even before the sweep, and the sweep tells of it once', async () => {
  const { registrar, time, heard, bindings } = scene();
  register(registrar, 'sip:short', { expiresSec: 60 });
  register(registrar, 'sip:long');
  time.advance(60_000);
  assert.deepEqual(reached(registrar), ['sip:long']);
  time.advance(1_000);
  assert.equal(registrar.expire(), 1);
  assert.equal(registrar.expire(), 0);
  assert.deepEqual(heard, ['registered sip:short 1', 'registered sip:long 2', 'expired sip:short 1']);
  assert.equal(registrar.bindingCount, 1);
  await registrar.flush();
  assert.deepEqual(
    (await bindings.read(tenant, '100@a.test')).map((binding) => binding.contact),
    ['sip:long'],
  );
});

test('a refreshed binding lives on past its first deadline, then ends at its second', () => {
  const { registrar, time } = scene();
  const same = { callId: 'same', expiresSec: 60 };
  register(registrar, 'sip:1', { ...same, cseq: 1 });
  time.advance(50_000);
  register(registrar, 'sip:1', { ...same, cseq: 2 });
  time.advance(20_000);
  assert.equal(registrar.expire(), 0);
  assert.deepEqual(reached(registrar), ['sip:1']);
  time.advance(41_000);
  assert.equal(registrar.expire(), 1);
  assert.equal(registrar.bindingCount, 0);
});

for (const stepMs of [3_600_000, -3_600_000]) {
  test(`a wall clock that steps by ${stepMs / 3_600_000} h ends and prolongs nothing`, () => {
    const { registrar, time } = scene();
    register(registrar, 'sip:1', { expiresSec: 600 });
    time.stepWall(stepMs);
    assert.equal(registrar.expire(), 0);
    assert.deepEqual(reached(registrar), ['sip:1']);
    time.advance(601_000);
    assert.deepEqual(reached(registrar), []);
  });
}

test('a restart finds the phones again: order, deadline, Path and source address, with the flow itself gone', async () => {
  const { registrar, time, stores, bindings } = scene();
  register(registrar, 'sip:nat', {
    flow: flow(7, 'udp'),
    nat: true,
    path: ['<sip:edge;lr>'],
    contacts: [{ uri: 'sip:nat', q: 0.5 }],
  });
  register(registrar, 'sip:first');
  register(registrar, 'sip:gone', { aor: '101@a.test', expiresSec: 60 });
  await registrar.flush();
  time.advance(61_000);
  const next = scene(time, stores);
  await next.registrar.load();
  assert.deepEqual(reached(next.registrar), ['sip:first', 'sip:nat']);
  const nat = next.registrar.lookup(tenant, '100@a.test')[1];
  assert.deepEqual([nat?.flow?.id, nat?.flow?.remotePort, nat?.path, nat?.nat], [0, 4007, ['<sip:edge;lr>'], true]);
  time.advance(60_000);
  assert.deepEqual(reached(next.registrar), ['sip:first']);
  await next.registrar.flush();
  assert.deepEqual(await bindings.read(tenant, '101@a.test'), [], 'what expired meanwhile is cleared from the store');
});

test('after a restart the flows that can be made again lead to their phones, the others stay gone', async () => {
  const { registrar, time, stores } = scene();
  register(registrar, 'sip:nat', { flow: flow(7, 'udp'), nat: true });
  register(registrar, 'sip:tcp', { flow: flow(8, 'tcp') });
  register(registrar, 'sip:plain');
  await registrar.flush();
  time.advance(10_000);
  const next = scene(time, stores);
  await next.registrar.load();
  const asked: unknown[] = [];
  next.registrar.remakeFlows(({ kind, remotePort }, kept) => {
    asked.push([kind, remotePort, kept.contact, kept.keepAliveSec]);
    return kind === 'udp' ? 77 : undefined;
  });
  assert.deepEqual(asked.sort(), [
    ['tcp', 4008, 'sip:tcp', 0],
    ['udp', 4007, 'sip:nat', 25],
  ]);
  const ids = next.registrar.lookup(tenant, '100@a.test').map(({ contact, flow: way }) => [contact, way?.id]);
  assert.deepEqual(ids.sort(), [
    ['sip:nat', 77],
    ['sip:plain', undefined],
    ['sip:tcp', 0],
  ]);
  next.registrar.flowClosed(77);
  assert.deepEqual(reached(next.registrar).sort(), ['sip:plain', 'sip:tcp']);
});

test('RFC 5626 §5.3: a closed connection takes along whoever is reached only through it', () => {
  const { registrar, heard } = scene();
  register(registrar, 'sip:nat', { flow: flow(1), nat: true });
  register(registrar, 'sip:outbound', { flow: flow(2), contacts: [{ uri: 'sip:outbound', instance: 'i', regId: 1 }] });
  register(registrar, 'sip:plain', { flow: flow(3) });
  register(registrar, 'sip:other', { flow: flow(4), nat: true });
  for (const id of [1, 2, 3, 99]) registrar.flowClosed(id);
  assert.deepEqual(reached(registrar).sort(), ['sip:other', 'sip:plain']);
  const plain = registrar.lookup(tenant, '100@a.test').find((binding) => binding.contact === 'sip:plain');
  assert.equal(plain?.flow?.id, 0);
  assert.deepEqual(heard.slice(-2), ['flow-closed sip:nat 3', 'flow-closed sip:outbound 2']);
});

test('of the AORs that share a connection, those that still use it when it closes are gone', () => {
  const { registrar } = scene();
  const aors = ['100@a.test', '101@a.test', '102@a.test', '103@a.test'];
  for (const aor of aors) register(registrar, `sip:${aor}`, { aor, flow: flow(1), nat: true });
  register(registrar, 'sip:100@a.test', { flow: flow(2), nat: true });
  register(registrar, 'sip:101@a.test', { aor: '101@a.test', flow: flow(1), nat: true, expiresSec: 0 });
  register(registrar, 'sip:101@a.test', { aor: '101@a.test', flow: flow(1), nat: true });
  registrar.flowClosed(1);
  const left = () => registrar.list(tenant).map(({ aor }) => aor);
  assert.deepEqual(left(), ['100@a.test']);
  registrar.flowClosed(1);
  registrar.flowClosed(2);
  assert.deepEqual(left(), []);
});

test('a phone that came back over a new connection is not lost when the old one closes', () => {
  const { registrar } = scene();
  register(registrar, 'sip:1', { flow: flow(1), nat: true });
  register(registrar, 'sip:1', { flow: flow(2), nat: true });
  registrar.flowClosed(1);
  assert.deepEqual(reached(registrar), ['sip:1']);
});

test('phones behind NAT are told how often the flow must be used', () => {
  const { registrar } = scene();
  const suggestion = (more: Partial<RegisterRequest>) => {
    const outcome = register(registrar, 'sip:1', more);
    return outcome.kind === 'ok' ? outcome.keepAliveSec : outcome.kind;
  };
  assert.equal(suggestion({ nat: true, flow: flow(1, 'udp') }), 25);
  assert.equal(suggestion({ nat: true, flow: flow(2, 'tls') }), 90);
  assert.equal(suggestion({ flow: flow(3, 'udp') }), undefined);
});

/** A store that counts the sets of each save, and refuses while told to. */
function countingStores() {
  const memory = createMemoryStorage({ kinds: [] });
  const state = { fails: false, saves: [] as number[] };
  const save: BindingStore['save'] = (sets) => {
    state.saves.push(sets.length);
    return state.fails ? Promise.reject(new RangeError('disk full')) : memory.bindings.save(sets);
  };
  const stores: Stores = { bindings: { ...memory.bindings, save }, bindingLog: memory.bindingLog };
  return { memory, state, stores };
}

test('a save that fails is repeated with what stands then, and calls never wait for it', async () => {
  const { memory, state, stores } = countingStores();
  state.fails = true;
  const { registrar, failures } = scene(createManualTime(), stores);
  register(registrar, 'sip:1');
  await registrar.flush();
  register(registrar, 'sip:2');
  assert.deepEqual(reached(registrar), ['sip:2', 'sip:1']);
  assert.equal(failures.length, 1);
  state.fails = false;
  registrar.expire();
  await registrar.flush();
  assert.deepEqual(state.saves, [1, 1]);
  assert.equal((await memory.bindings.read(tenant, '100@a.test')).length, 2);
});

test('REGISTERs that come faster than saves end in one save of each AOR, the last one whole', async () => {
  const { memory, state, stores } = countingStores();
  const { registrar } = scene(createManualTime(), stores);
  for (let i = 1; i <= 50; i++) {
    register(registrar, 'sip:1', { callId: 'same', cseq: i });
    register(registrar, 'sip:2', { callId: 'same', cseq: i, aor: '101@a.test' });
    registrar.record();
  }
  await registrar.flush();
  assert.deepEqual(state.saves, [2]);
  assert.equal((await memory.bindings.read(tenant, '100@a.test'))[0]?.cseq, 50);
});

test('a process that is killed before it has saved leaves all that was recorded, and the next one saves it', async () => {
  const { registrar, time, stores, bindings } = scene();
  register(registrar, 'sip:old');
  register(registrar, 'sip:leaves', { aor: '101@a.test' });
  await registrar.flush();
  register(registrar, 'sip:new');
  register(registrar, 'sip:leaves', { aor: '101@a.test', expiresSec: 0 });
  register(registrar, 'sip:first', { aor: '102@a.test' });
  registrar.record();
  const next = scene(time, stores);
  await next.registrar.load();
  assert.deepEqual(reached(next.registrar), ['sip:new', 'sip:old']);
  assert.deepEqual(
    next.registrar.list(tenant).map(({ aor }) => aor),
    ['100@a.test', '102@a.test'],
  );
  assert.equal(next.registrar.bindingCount, 3);
  await next.registrar.flush();
  assert.equal((await bindings.read(tenant, '100@a.test')).length, 2);
  assert.deepEqual(await bindings.read(tenant, '101@a.test'), []);
  assert.deepEqual(stores.bindingLog.read(), [], 'what is saved needs no log');
});

test('the log keeps what the store has refused, and what came while it was saving', async () => {
  const { state, stores } = countingStores();
  const { registrar } = scene(createManualTime(), stores);
  const logged = () => stores.bindingLog.read().map(({ bindings }) => bindings.length);
  state.fails = true;
  register(registrar, 'sip:1');
  await registrar.flush();
  assert.deepEqual(logged(), [1]);
  state.fails = false;
  registrar.expire();
  register(registrar, 'sip:2');
  registrar.record();
  await new Promise(setImmediate);
  assert.deepEqual(logged(), [2]);
  await registrar.flush();
  assert.deepEqual(logged(), []);
});

test('a store that refuses for long does not let the log grow without bound', async () => {
  const { state, stores } = countingStores();
  const log = { ...stores.bindingLog, isGrown: true };
  const { registrar } = scene(createManualTime(), { ...stores, bindingLog: log });
  state.fails = true;
  for (let i = 1; i <= 3; i++) {
    register(registrar, 'sip:1', { callId: 'same', cseq: i });
    await registrar.flush();
  }
  assert.deepEqual(
    log.read().map(({ bindings }) => bindings[0]?.cseq),
    [3],
  );
});

test('what unregistered leaves nothing behind', async () => {
  const { registrar, bindings } = scene();
  register(registrar, 'sip:1', { flow: flow(1) });
  register(registrar, 'sip:1', { flow: flow(1), expiresSec: 0 });
  await registrar.flush();
  assert.equal(registrar.bindingCount, 0);
  assert.deepEqual(registrar.list(tenant), []);
  assert.deepEqual(await bindings.load({ limit: 10 }), []);
});

test('a forgotten AOR is reached no more, and nothing of it is stored', async () => {
  const { registrar, bindings, heard } = scene();
  register(registrar, 'sip:1');
  registrar.forget(other, '100@a.test');
  assert.deepEqual(reached(registrar), ['sip:1']);
  registrar.forget(tenant, '100@a.test');
  await registrar.flush();
  assert.deepEqual(reached(registrar), []);
  assert.deepEqual(heard, ['registered sip:1 1', 'removed sip:1 0']);
  assert.deepEqual(await bindings.read(tenant, '100@a.test'), []);
});

test('a clock with fractions of a millisecond grants what was asked for, and not a second more', () => {
  const { registrar, time } = scene();
  const granted: (number | undefined)[] = [];
  for (let step = 0; step < 200; step += 1) {
    time.advance(12_345.678_9);
    const outcome = register(registrar, 'sip:1', { expiresSec: 300, cseq: step + 1 });
    granted.push(outcome.kind === 'ok' ? outcome.bindings[0]?.expiresSec : undefined);
  }
  assert.deepEqual(new Set(granted), new Set([300]));
});
