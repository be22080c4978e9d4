import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ValueReader, ValueWriter } from './values.ts';

function there(value: unknown): unknown {
  const writer = new ValueWriter();
  writer.write(value);
  return new ValueReader(writer.room.subarray(0, writer.sizeBytes), 0).read();
}

test('every value comes back as it was', () => {
  const values = [
    ...[null, true, false, 0, -0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 1_795_248_578_688, 0.5],
    ...['', 'a', 'x'.repeat(24), 'x'.repeat(25), 'Grüße', 'ü'.repeat(30), '\u{1f4de}'.repeat(20), 'a\r\n"b"\\'],
    ...[[], [[]], [1, ['two', null], { three: [4] }], { code: 'busy', status: 486 }],
  ];
  for (const value of values) assert.deepEqual(there(value), value);
  assert.equal(there(undefined), null);
  assert.deepEqual(there({ a: 1, left: undefined, out: { b: null } }), { a: 1, out: { b: null } });
});

test('an octet that was no UTF-8 stays what it was', () => {
  for (const text of ['\udcfc', `"J\udcfcrg" <sip:j@a.test>${'x'.repeat(40)}`]) assert.equal(there(text), text);
});

test('memory grows with what is written', () => {
  const long = 'v=0\r\n'.repeat(100_000);
  assert.equal(there(long), long);
  const list = Array.from({ length: 50_000 }, (_, at) => at);
  assert.deepEqual(there(list), list);
});

test('property: what JSON can say comes back', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) =>
      assert.equal(JSON.stringify(there(value)), JSON.stringify(value)),
    ),
    { seed: 11, numRuns: 500 },
  );
});

test('octets that are no values throw, and nothing else happens', () => {
  for (const octets of [
    [],
    [3, 0],
    [5, 4, 65],
    [6, 255, 255, 255, 255, 65],
    [8, 255, 255, 0, 0],
    [9, 2, 0, 0, 0, 0],
    [10],
  ])
    assert.throws(() => new ValueReader(Buffer.from(octets), 0).read());
});
