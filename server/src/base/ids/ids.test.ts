import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createIdSource, createSeededRandom, createSystemRandom, idTimeUtcMs, parseId } from './index.ts';

const time = { nowUtcMs: () => Date.UTC(2026, 5, 1, 12) };

test('an id has its prefix, 26 characters and the time it was made', () => {
  const id = createIdSource(time, createSeededRandom(1)).next('call');
  assert.match(id, /^call_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
  assert.equal(idTimeUtcMs(id), time.nowUtcMs());
});

test('ids of one millisecond are different and sort in the order they were made', () => {
  const ids = createIdSource(time, createSeededRandom(7));
  const made = Array.from({ length: 2_000 }, () => ids.next('leg'));
  assert.equal(new Set(made).size, made.length);
  assert.deepEqual([...made].sort(), made);
});

test('a wall clock that steps back an hour does not make an id sort before an older one', () => {
  let now = time.nowUtcMs();
  const ids = createIdSource({ nowUtcMs: () => now }, createSeededRandom(3));
  const before = ids.next('event');
  now -= 3_600_000;
  assert.ok(ids.next('event') > before);
});

test('when the random part is at its end the next id still sorts after', () => {
  const ids = createIdSource(time, { fill: (target) => target.fill(255) });
  const first = ids.next('call');
  const second = ids.next('call');
  assert.ok(second > first);
  assert.equal(idTimeUtcMs(second), idTimeUtcMs(first) + 1);
});

test('the same seed gives the same ids, another seed others', () => {
  const make = (seed: number) => createIdSource(time, createSeededRandom(seed)).next('user');
  assert.equal(make(5), make(5));
  assert.notEqual(make(5), make(6));
});

test('parseId takes only ids of the asked name', () => {
  const id = createIdSource(time, createSeededRandom(1)).next('tenant');
  const cases: readonly [string, boolean][] = [
    [id, true],
    [id.toUpperCase(), false],
    [`${id}0`, false],
    [id.replace('ten_', 'usr_'), false],
    [`ten_${'u'.repeat(26)}`, false],
    ['', false],
  ];
  for (const [text, good] of cases) assert.equal(parseId('tenant', text) !== undefined, good, text);
});

test('the system source fills small and large targets', () => {
  const random = createSystemRandom();
  const small = [new Uint8Array(16), new Uint8Array(16)];
  const large = new Uint8Array(5_000);
  for (const target of small) random.fill(target);
  random.fill(large);
  assert.notDeepEqual(small[0], small[1]);
  assert.ok(large.some((byte, i) => i > 4_096 && byte !== 0));
});
