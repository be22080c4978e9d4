/** The measuring instrument itself: known tones, their level, gaps, a wrong frequency, silence. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeTone, measureTone } from './tone.ts';
import { readWav, writeWav } from './wav.ts';

for (const [hz, levelDbfs, rateHz] of [
  [440, -10, 8000],
  [620, -30, 8000],
  [1004, -3.17, 16_000],
] as const) {
  test(`${hz} Hz at ${levelDbfs} dBFS, ${rateHz} samples/s, is found as that`, () => {
    const tone = measureTone(makeTone(hz, { lengthSec: 2, levelDbfs, rateHz }), hz);
    assert.ok(Math.abs(tone.frequencyHz - hz) < 0.3, `${tone.frequencyHz}`);
    assert.ok(Math.abs(tone.levelDbfs - levelDbfs) < 0.1, `${tone.levelDbfs}`);
    assert.equal(tone.share, 1);
    assert.deepEqual(tone.gaps, []);
  });
}

test('a hole of 200 ms is a gap, and counts off the share', () => {
  const sound = makeTone(440, { lengthSec: 2 });
  sound.samples.fill(0, 8000, 9600);
  const tone = measureTone(sound, 440);
  assert.deepEqual(tone.gaps, [{ atMs: 1000, lengthMs: 200 }]);
  assert.equal(tone.share, 0.9);
});

test('another tone, noise and silence are not the tone', () => {
  const other = measureTone(makeTone(620, { lengthSec: 1 }), 440);
  assert.equal(other.share, 0);
  assert.ok(Math.abs(other.frequencyHz - 620) < 0.3);
  let seed = 1;
  const noise = Float32Array.from({ length: 8000 }, () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647 - 0.5;
  });
  assert.equal(measureTone({ rateHz: 8000, samples: noise }, 440).share, 0);
  assert.equal(measureTone({ rateHz: 8000, samples: new Float32Array(8000) }, 440).share, 0);
});

test('a WAV file reads back as it was written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tone-'));
  try {
    const sound = makeTone(440, { lengthSec: 0.5 });
    writeWav(join(folder, 'a.wav'), sound);
    const read = readWav(join(folder, 'a.wav'));
    assert.equal(read.rateHz, 8000);
    assert.equal(read.samples.length, 4000);
    read.samples.forEach((sample, index) => {
      assert.ok(Math.abs(sample - (sound.samples[index] ?? 9)) < 1e-4);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
