import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdSource, createSeededRandom } from '../ids/index.ts';
import { createEventBus, createEventSource, eventType } from './index.ts';

const answered = eventType<{ leg: string }>()('call.answered', 'durable');
const rang = eventType<{ leg: string }>()('call.rang', 'transient', 2);
const time = { nowUtcMs: () => 1_700_000_000_000 };
const ids = createIdSource(time, createSeededRandom(4));
const tenant = ids.next('tenant');

test('the envelope says id, type, version, tenant, call, number per call, time and data', () => {
  const source = createEventSource(time, ids);
  const call = ids.next('call');
  const first = source.event(rang, { tenant, call, data: { leg: 'a' } });
  const second = source.event(answered, { tenant, call, data: { leg: 'a' } });
  const other = source.event(answered, { tenant, call: ids.next('call'), data: { leg: 'b' } });
  const { id, ...rest } = second;
  assert.match(id, /^evt_/);
  assert.deepEqual(rest, {
    type: 'call.answered',
    version: 1,
    durability: 'durable',
    tenant,
    call,
    callNumber: 2,
    utcMs: 1_700_000_000_000,
    data: { leg: 'a' },
  });
  assert.deepEqual([first.version, first.durability, first.callNumber, other.callNumber], [2, 'transient', 1, 1]);
});

test('numbers of a call go on after a take-over and start anew once forgotten', () => {
  const source = createEventSource(time, ids);
  const call = ids.next('call');
  source.resumeCall(call, 41);
  assert.equal(source.event(rang, { tenant, call, data: { leg: 'a' } }).callNumber, 42);
  source.forgetCall(call);
  assert.equal(source.event(rang, { tenant, call, data: { leg: 'a' } }).callNumber, 1);
});

test('an event without a call has no number', () => {
  const event = createEventSource(time, ids).event(rang, { tenant, data: { leg: 'a' } });
  assert.equal('callNumber' in event, false);
});

test('a listener that throws or rejects is reported and disturbs nobody', async () => {
  const failures: unknown[] = [];
  const bus = createEventBus((error) => {
    failures.push(error);
    throw new TypeError('the reporter fails too');
  });
  const heard: string[] = [];
  bus.on(answered, () => {
    throw new RangeError('first');
  });
  bus.on(answered, () => Promise.reject(new RangeError('second')));
  bus.on(answered, (event) => void heard.push(event.data.leg));
  bus.onAny((event) => void heard.push(event.type));
  bus.publish(createEventSource(time, ids).event(answered, { tenant, data: { leg: 'x' } }));
  await Promise.resolve();
  assert.deepEqual(heard, ['x', 'call.answered']);
  assert.deepEqual(
    failures.map((failure) => (failure as Error).message),
    ['first', 'second'],
  );
});

test('a listener that stopped hears nothing more, even when it stops while being told', () => {
  const bus = createEventBus(() => assert.fail('no failure expected'));
  const heard: string[] = [];
  const stop = bus.on(answered, () => {
    heard.push('once');
    stop();
  });
  bus.on(answered, () => void heard.push('each'));
  const event = createEventSource(time, ids).event(answered, { tenant, data: { leg: 'x' } });
  bus.publish(event);
  bus.publish(event);
  assert.deepEqual(heard, ['once', 'each', 'each']);
});
