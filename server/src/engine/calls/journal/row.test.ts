import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyRecord, LoggedRows, type Row } from './row.ts';

/** Takes rows one after the other, and checks that what is read back of the records is the last. Returns the records. */
function taken(...rows: Row[]): unknown[] {
  const logged = new LoggedRows();
  const read: unknown[][] = [];
  return rows.map((row) => {
    const record: unknown[] = [];
    logged.take(0, row, record);
    assert.ok(applyRecord(read, JSON.parse(JSON.stringify(record)) as unknown[]));
    assert.deepEqual(read[0], row);
    return record;
  });
}

test('a row is written whole once, then what changed', () => {
  const kept = { code: 'busy' };
  assert.deepEqual(taken(['leg', 'new', null, kept], ['leg', 'up', 5, kept], ['leg', 'up', 5, kept]), [
    [0, ['leg', 'new', null, kept]],
    [~0, [1, 'up', 2, 5]],
    [],
  ]);
});

test('a value that was replaced by an equal one is written again: only the very same counts as unchanged', () => {
  assert.deepEqual(taken(['leg', { a: 1 }], ['leg', { a: 1 }])[1], [~0, [1, { a: 1 }]]);
});

test('a row grows at its end; it is whole again where it is shorter, or of another kind', () => {
  assert.deepEqual(taken(['leg'], ['leg', 1, 2], ['leg', 1], ['session', 1]), [
    [0, ['leg']],
    [~0, [1, 1, 2, 2]],
    [0, ['leg', 1]],
    [0, ['session', 1]],
  ]);
});

test('rows of one call are told apart by their number, and come in any order', () => {
  const logged = new LoggedRows();
  const [first, second]: unknown[][] = [[], []];
  logged.take(0, ['call', 1], first as unknown[]);
  logged.take(3, ['edge', 1], first as unknown[]);
  logged.take(3, ['edge', 2], second as unknown[]);
  logged.take(0, ['call', 2], second as unknown[]);
  const read: unknown[][] = [];
  assert.ok(applyRecord(read, first as unknown[]) && applyRecord(read, second as unknown[]));
  assert.deepEqual(
    [read[0], read[3]],
    [
      ['call', 2],
      ['edge', 2],
    ],
  );
});

test('a change of a row that is not there, and what is no record, are refused', () => {
  for (const record of [
    [~0, [1, 2]],
    ['0', []],
    [0, 'x'],
    [~0, ['place', 1]],
  ]) {
    assert.equal(applyRecord([], record), false, JSON.stringify(record));
  }
});
