import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dbm0OfPcm, speakTime } from '@ringdown/rtc/audio';
import { promptNames } from '../protocol/play-source.ts';
import { loadSounds } from './load-sounds.ts';

const problems: string[] = [];
const sounds = loadSounds((file, problem) => problems.push(`${file}: ${problem}`));

test('every prompt name has a file that can be used, and every file a name', () => {
  assert.deepEqual(problems, []);
  assert.deepEqual([...sounds.prompts.keys()].toSorted(), [...promptNames].toSorted());
});

test('prompts are speech: loud enough, not clipped, neither a click nor a speech', () => {
  for (const [name, pcm] of sounds.prompts) {
    const level = dbm0OfPcm(pcm);
    assert.ok(level > -25 && level < -8, `${name} is at ${level} dBm0`);
    assert.ok(pcm.length > 0.2 * 8000 && pcm.length < 4 * 8000, `${name} lasts ${pcm.length / 8000} s`);
    assert.ok(
      pcm.every((sample) => Math.abs(sample) < 32_000),
      `${name} clips`,
    );
  }
});

test('whatever the time of day, its words are recorded', () => {
  const times = Array.from({ length: 24 * 60 }, (_, minute) => ({
    hour: Math.floor(minute / 60),
    minute: minute % 60,
    second: minute % 60,
  }));
  for (const time of times) for (const word of speakTime(time)) assert.ok(sounds.prompts.has(word), word);
});
