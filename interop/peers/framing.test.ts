/** The two framings of the peers' control connections. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeBencode, encodeBencode } from './bencode.ts';
import { encodeNetstring, NetstringReader } from './netstring.ts';

test('netstrings come out whole however they are cut', () => {
  const wire = Buffer.concat([encodeNetstring('{"a":1}'), encodeNetstring(''), encodeNetstring('grüße')]);
  for (const size of [1, 2, 5, wire.length]) {
    const reader = new NetstringReader();
    const found: string[] = [];
    for (let at = 0; at < wire.length; at += size) found.push(...reader.push(wire.subarray(at, at + size)));
    assert.deepEqual(found, ['{"a":1}', '', 'grüße'], `cut by ${size}`);
  }
});

test('bencoding: dictionaries are sorted, and read back as they were', () => {
  const value = { command: 'offer', flags: ['a', 'bc'], count: -3, nested: { z: '1', a: '' } };
  const wire = encodeBencode(value);
  assert.equal(wire, 'd7:command5:offer5:counti-3e5:flagsl1:a2:bce6:nestedd1:a0:1:z1:1ee');
  assert.deepEqual(decodeBencode(wire), value);
});
