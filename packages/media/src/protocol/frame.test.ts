import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeFrame, FrameReader, maxFrameBytes } from './frame.ts';
import { commonVersion } from './version.ts';

const joined = (...frames: Uint8Array[]) => Uint8Array.from(frames.flatMap((frame) => [...frame]));

test('frames come out whole however the bytes are cut', () => {
  const bytes = joined(encodeFrame({ n: 1 }), encodeFrame({ text: 'ä€😀' }), encodeFrame([]));
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new FrameReader();
    const seen: unknown[] = [];
    for (let at = 0; at < bytes.length; at += size)
      for (const result of reader.push(bytes.subarray(at, at + size))) seen.push(result);
    assert.deepEqual(
      seen,
      [{ n: 1 }, { text: 'ä€😀' }, []].map((value) => ({ kind: 'value', value })),
      `cut every ${size}`,
    );
    assert.equal(reader.heldBytes, 0);
  }
});

test('the reader keeps no hold of the buffer it was given', () => {
  const frame = encodeFrame({ n: 1 });
  const reader = new FrameReader();
  const part = frame.slice(0, 6);
  reader.push(part);
  part.fill(0);
  assert.deepEqual(reader.push(frame.subarray(6)), [{ kind: 'value', value: { n: 1 } }]);
});

test('broken JSON and broken UTF-8 are told and skipped', () => {
  const reader = new FrameReader();
  const results = reader.push(
    joined(Uint8Array.of(0, 0, 0, 1, 0x7b), Uint8Array.of(0, 0, 0, 2, 0x22, 0xff), encodeFrame(5)),
  );
  assert.deepEqual(
    results.map((result) => result.kind),
    ['bad-json', 'bad-json', 'value'],
  );
});

test('a frame beyond the limit ends the reader', () => {
  const reader = new FrameReader();
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, maxFrameBytes + 1);
  assert.deepEqual(reader.push(header), [{ kind: 'too-long', lengthBytes: maxFrameBytes + 1 }]);
  assert.deepEqual(reader.push(encodeFrame(1)), []);
});

for (const [a, b, common] of [
  [{ min: 1, max: 1 }, { min: 1, max: 1 }, 1],
  [{ min: 1, max: 3 }, { min: 2, max: 5 }, 3],
  [{ min: 4, max: 5 }, { min: 1, max: 3 }, null],
] as const) {
  test(`versions ${a.min}-${a.max} and ${b.min}-${b.max}: ${common}`, () => assert.equal(commonVersion(a, b), common));
}
