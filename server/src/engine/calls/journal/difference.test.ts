import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixedParts, listOf, mapOf, type Parts } from './difference.ts';

const media = fixedParts({ codec: 'value', local: 'value' });
const leg = fixedParts({ media, joins: listOf(fixedParts({ to: 'value' })) });
const shape = fixedParts({
  phase: 'value',
  cause: 'value',
  legs: listOf(leg),
  byName: mapOf(fixedParts({ seq: 'value' })),
});

const state = () => ({
  phase: 'up',
  cause: null as null | { code: string },
  legs: [
    {
      id: 'a',
      media: { codec: 'PCMU' as string | null, local: { lines: ['v=0'] } },
      joins: [{ to: null as number | null }],
    },
    {
      id: 'b',
      media: { codec: null as string | null, local: { lines: ['v=0'] } },
      joins: [] as { to: number | null }[],
    },
  ],
  byName: { x: { seq: 1 }, y: null } as Record<string, { seq: number } | null>,
});

/** Changes a state, and checks that what is read back of the difference is that state. */
function changed(change: (now: ReturnType<typeof state>) => void): unknown {
  const now = state();
  const copy = shape.copy(now as unknown as Parts);
  const read = JSON.parse(JSON.stringify(now)) as Parts;
  change(now);
  const difference = shape.take(copy, now as unknown as Parts);
  const stored = difference === undefined ? undefined : (JSON.parse(JSON.stringify(difference)) as Parts);
  if (stored !== undefined) assert.deepEqual(shape.apply(read, stored), now);
  assert.equal(shape.take(copy, now as unknown as Parts), undefined, 'the copy is up to date');
  return stored;
}

test('nothing changed: no difference', () => {
  assert.equal(
    changed(() => {}),
    undefined,
  );
});

test('a value in the depth: only that', () => {
  const difference = changed((now) => {
    (now.legs[1] as (typeof now.legs)[0]).media.codec = 'PCMA';
  });
  assert.deepEqual(difference, { legs: { '@1': { media: { codec: 'PCMA' } } } });
});

test('a value that was replaced is written whole, one that stayed the same object is not', () => {
  const difference = changed((now) => {
    now.cause = { code: 'busy' };
    (now.legs[0] as (typeof now.legs)[0]).media.local = { lines: ['v=0', 's=-'] };
  });
  assert.deepEqual(difference, {
    cause: { code: 'busy' },
    legs: { '@0': { media: { local: { lines: ['v=0', 's=-'] } } } },
  });
});

test('lists grow by what is new, and are written whole when they shrink', () => {
  const grown = changed((now) => {
    (now.legs[0] as (typeof now.legs)[0]).joins.push({ to: 5 });
  });
  assert.deepEqual(grown, { legs: { '@0': { joins: { '@1': { to: 5 } } } } });
  const shrunk = changed((now) => {
    now.legs.shift();
  });
  assert.deepEqual((shrunk as { legs: unknown[] }).legs.length, 1);
  changed((now) => {
    (now.legs[0] as (typeof now.legs)[0]).joins = [];
  });
});

test('keys of a map come and go', () => {
  const difference = changed((now) => {
    delete now.byName.x;
    now.byName.y = { seq: 2 };
    now.byName.z = { seq: 3 };
  });
  assert.deepEqual(difference, { byName: { x: null, y: { seq: 2 }, z: { seq: 3 } } });
});

test('a part that becomes null and comes back', () => {
  const now = { legs: [{ id: 'a', media: { codec: 'x' } as { codec: string } | null, joins: [] }] };
  const copy = shape.copy(now as unknown as Parts);
  const read = JSON.parse(JSON.stringify(now)) as typeof now;
  for (const media of [null, { codec: 'y' }, { codec: 'z' }, null]) {
    (now.legs[0] as (typeof now.legs)[0]).media = media;
    shape.apply(read, JSON.parse(JSON.stringify(shape.take(copy, now as unknown as Parts))) as Parts);
    assert.deepEqual(read, now);
  }
});
