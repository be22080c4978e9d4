import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualTime } from '#base/clock';
import { createEventBus, createEventSource } from '#base/events';
import { createIdSource, createSeededRandom } from '#base/ids';
import { createMemoryStorage, type Misfortune } from '#storage/memory';
import { createConfiguration, createRecordView, recordKind } from './index.ts';

interface Thing {
  readonly name: string;
  readonly group: string | null;
}
const thingKind = recordKind<Thing>({
  name: 'thing',
  table: 'things',
  unique: [{ fields: ['name'], across: 'tenant' }],
  references: [],
  sealed: [],
});

function scene(misfortune?: Misfortune) {
  const time = createManualTime();
  const ids = createIdSource(time, createSeededRandom(8));
  const storage = createMemoryStorage({ kinds: [thingKind], ...(misfortune === undefined ? {} : { misfortune }) });
  const told: number[] = [];
  const bus = createEventBus((error) => assert.fail(String(error)));
  bus.onAny((event) => void told.push((event.data as { revision: number }).revision));
  const events = createEventSource(time, ids);
  const configuration = createConfiguration({ store: storage.configuration, time, ids, bus, events });
  const view = createRecordView<Thing, 'name' | 'group'>({
    name: ({ tenant, body }) => `${tenant} ${body.name}`,
    group: ({ body }) => body.group ?? undefined,
  });
  configuration.watch(thingKind, view);
  const tenant = ids.next('tenant');
  const put = (id: string, name: string, expectVersion: number, group: string | null = null) =>
    configuration.change(tenant, {
      author: 'tester',
      summary: 'thing.put',
      changes: [{ kind: 'thing', id, expectVersion, after: { name, group } }],
    });
  const drop = (id: string, expectVersion: number) =>
    configuration.change(tenant, {
      author: 'tester',
      summary: 'thing.drop',
      changes: [{ kind: 'thing', id, expectVersion, after: null }],
    });
  return { configuration, view, tenant, put, drop, told, storage };
}

test('the view follows each change: made, renamed, regrouped, dropped', async () => {
  const { view, tenant, put, drop } = scene();
  await put('t1', 'one', 0, 'g');
  await put('t2', 'two', 0, 'g');
  assert.deepEqual(
    view.all('group', 'g').map(({ id }) => id),
    ['t1', 't2'],
  );
  await put('t1', 'uno', 1, null);
  assert.equal(view.find('name', `${tenant} one`), undefined);
  assert.equal(view.find('name', `${tenant} uno`)?.version, 2);
  assert.deepEqual(
    view.all('group', 'g').map(({ id }) => id),
    ['t2'],
  );
  await drop('t2', 1);
  assert.deepEqual([view.size, view.get(tenant, 't2'), view.all('group', 'g')], [1, undefined, []]);
});

test('changes asked for at once are made in order, and the view ends as the storage does', async () => {
  const { view, tenant, put, storage, told } = scene();
  const outcomes = await Promise.all([put('t1', 'a', 0), put('t1', 'b', 1), put('t1', 'c', 1), put('t1', 'd', 2)]);
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['committed', 'committed', 'conflict', 'committed'],
  );
  assert.equal(view.get(tenant, 't1')?.body.name, 'd');
  assert.deepEqual(await storage.configuration.read(tenant, 'thing', 't1'), view.get(tenant, 't1'));
  assert.deepEqual(told, [1, 2, 3]);
});

test('a refused change leaves the view as it was and is not told', async () => {
  const { view, tenant, put, told } = scene();
  await put('t1', 'a', 0);
  assert.equal((await put('t2', 'a', 0)).kind, 'taken');
  assert.deepEqual([view.size, view.get(tenant, 't2'), told], [1, undefined, [1]]);
});

test('when the answer is lost the change is asked for again, made once, and the view hears of it', async () => {
  const fates: ('none' | 'lost' | 'answer-lost')[] = ['answer-lost', 'lost', 'none'];
  const { view, tenant, put, told, configuration } = scene({
    delay: () => Promise.resolve(),
    next: () => fates.shift() ?? 'none',
  });
  const outcome = await put('t1', 'a', 0);
  assert.ok(outcome.kind === 'committed' && outcome.replayed);
  assert.deepEqual([view.get(tenant, 't1')?.version, told], [1, [1]]);
  assert.equal((await configuration.revisions(tenant, { limit: 9 })).length, 1);
});

test('a change that fails to the end is an error, and the next one is made all the same', async () => {
  const fates: ('none' | 'lost')[] = ['lost', 'lost', 'lost'];
  const { put, view } = scene({ delay: () => Promise.resolve(), next: () => fates.shift() ?? 'none' });
  const [first, second] = await Promise.allSettled([put('t1', 'a', 0), put('t2', 'b', 0)]);
  assert.equal(first.status === 'rejected' && first.reason.code, 'storage.unavailable');
  assert.equal(second.status, 'fulfilled');
  assert.equal(view.size, 1);
});

test('loading fills the view from what is stored, more than one page', async () => {
  const { storage, tenant, configuration, view } = scene();
  const changes = Array.from({ length: 2_500 }, (_, i) => {
    return { kind: 'thing', id: `t${i}`, expectVersion: 0, after: { name: `n${i}`, group: null } };
  });
  const revision = createIdSource({ nowUtcMs: () => 1 }, createSeededRandom(4)).next('revision');
  await storage.configuration.commit(tenant, { revision, author: 'x', utcMs: 1, summary: 'x', changes });
  await configuration.load();
  assert.equal(view.size, 2_500);
  assert.equal(view.find('name', `${tenant} n2499`)?.id, 't2499');
});
