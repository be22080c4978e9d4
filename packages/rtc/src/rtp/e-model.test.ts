import assert from 'node:assert/strict';
import { test } from 'node:test';
import { estimateMos, mosOfRating, ratingFactor } from './e-model.ts';

const near = (actual: number | null, expected: number, within: number) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= within, `${actual} is not ${expected}`);

test('ITU-T G.107: the default values give R 93.2 and MOS 4.41', () => {
  near(ratingFactor('PCMU', 0, 50), 93.2, 0.001);
  near(estimateMos('PCMU', 0, 50), 4.41, 0.005);
});

// G.107 Annex B, figure B.2 / table B.1: R and the MOS that belongs to it.
for (const [r, mos] of [
  [90, 4.34],
  [80, 4.03],
  [70, 3.6],
  [60, 3.1],
  [50, 2.58],
  [0, 1],
  [100, 4.5],
] as const) {
  test(`ITU-T G.107 Annex B: R ${r} is MOS ${mos}`, () => near(mosOfRating(r), mos, 0.01));
}

test('ITU-T G.107: delay costs nothing to 100 ms, and more beyond', () => {
  near(ratingFactor('PCMU', 0, 100), 93.2, 0.001);
  const at300 = ratingFactor('PCMU', 0, 300) ?? 0;
  const at400 = ratingFactor('PCMU', 0, 400) ?? 0;
  assert.ok(at300 < 85 && at300 > 70 && at400 < at300, `${at300} ${at400}`);
});

test('ITU-T G.113: loss and the codec cost quality; a codec without figures has none', () => {
  const mos = [0, 1, 3, 10, 50].map((loss) => estimateMos('PCMA', loss, 50) ?? 0);
  assert.deepEqual(
    mos,
    mos.toSorted((a, b) => b - a),
  );
  near(ratingFactor('G729', 0, 50), 82.2, 0.001);
  assert.equal(estimateMos('OPUS', 0, 50), null);
});
