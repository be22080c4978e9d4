/** "Heard": the other's tone, its frequency within 2 Hz, its level within 1 dB, and nearly without holes. */
import { expect } from '../peers/wait.ts';
import { measureTone, type ToneMeasure } from './tone.ts';
import type { Sound } from './wav.ts';

export interface ExpectedTone {
  readonly who: string;
  readonly frequencyHz: number;
  readonly levelDbfs: number;
  readonly levelWithinDb?: number;
  readonly atLeastMs: number;
  /** Longest hole allowed; codec and jitter start-up lie before the first window with the tone. */
  readonly gapMs?: number;
}

export function expectTone(sound: Sound, expected: ExpectedTone): ToneMeasure {
  const { who, frequencyHz, levelDbfs, levelWithinDb = 1, atLeastMs, gapMs = 100 } = expected;
  const tone = measureTone(sound, frequencyHz);
  const seen = `heard ${tone.frequencyHz.toFixed(1)} Hz at ${tone.levelDbfs.toFixed(1)} dBFS for ${tone.presentMs} of ${tone.lengthMs} ms`;
  expect(Math.abs(tone.frequencyHz - frequencyHz) <= 2, `${who}: not ${frequencyHz} Hz: ${seen}`);
  expect(Math.abs(tone.levelDbfs - levelDbfs) <= levelWithinDb, `${who}: not ${levelDbfs} dBFS: ${seen}`);
  expect(tone.presentMs >= atLeastMs, `${who}: less than ${atLeastMs} ms of it: ${seen}`);
  const worst = Math.max(0, ...tone.gaps.map((gap) => gap.lengthMs));
  expect(worst <= gapMs, `${who}: a hole of ${worst} ms: ${seen}`);
  return tone;
}
