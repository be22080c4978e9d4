import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dbm0OfPcm } from './level.ts';
import { renderMusic } from './music.ts';
import { speakNumber, speakTime } from './speak.ts';
import { decodeWav, encodeWav } from './wav.ts';

const pcm = Int16Array.of(0, 8, -8, 988, 32_124, -32_124, 100);

for (const [encoding, rate, tolerance] of [
  ['pcm16', 16_000, 0],
  ['mu-law', 8000, 4],
  ['a-law', 8000, 256],
] as const) {
  test(`a WAV file of ${encoding} at ${rate} Hz is written and read back`, () => {
    const decoded = decodeWav(encodeWav({ sampleRate: rate, pcm }, encoding));
    assert.ok(decoded.ok);
    assert.equal(decoded.sampleRate, rate);
    assert.equal(decoded.channels, 1);
    assert.equal(decoded.pcm.length, pcm.length);
    for (const [index, sample] of pcm.entries())
      assert.ok(Math.abs(decoded.pcm[index]! - sample) <= tolerance, `sample ${index}`);
  });
}

test('unknown chunks are skipped, and a size left at zero by a killed recorder reads to the end', () => {
  const plain = Buffer.from(encodeWav({ sampleRate: 8000, pcm }, 'pcm16'));
  const odd = Buffer.concat([plain.subarray(0, 36), Buffer.from('LIST\x03\0\0\0abc\0', 'latin1'), plain.subarray(36)]);
  const skipped = decodeWav(odd);
  assert.ok(skipped.ok);
  assert.deepEqual(skipped.pcm, pcm);
  plain.writeUInt32LE(0, 40);
  const killed = decodeWav(plain);
  assert.ok(killed.ok);
  assert.deepEqual(killed.pcm, pcm);
});

test('what is no WAV file, or one of an unknown format, is a problem and not a throw', () => {
  const whole = encodeWav({ sampleRate: 8000, pcm }, 'pcm16');
  for (let length = 0; length < 44; length++)
    assert.equal(decodeWav(whole.subarray(0, length)).ok, false, `cut at ${length}`);
  const float = whole.slice();
  float[20] = 3;
  assert.deepEqual(decodeWav(float), { ok: false, problem: 'format 3 with 16 bits is not supported' });
});

test('the music loops for 25.6 s at a decent level and begins and ends in silence', () => {
  const music = renderMusic(8000);
  assert.equal(music.length, 25.6 * 8000);
  const level = dbm0OfPcm(music);
  assert.ok(level > -28 && level < -12, `${level} dBm0`);
  assert.ok(Math.abs(music[0]!) < 50 && Math.abs(music.at(-1)!) < 200);
});

test('numbers and times as words', () => {
  assert.deepEqual([0, 7, 19, 20, 42, 99].map(speakNumber), [['0'], ['7'], ['19'], ['20'], ['40', '2'], ['90', '9']]);
  assert.deepEqual(speakTime({ hour: 10, minute: 5, second: 20 }), [
    'the-time-is',
    '10',
    'oh',
    '5',
    'and',
    '20',
    'seconds',
  ]);
  assert.deepEqual(speakTime({ hour: 23, minute: 0, second: 0 }), ['the-time-is', '20', '3', 'oclock', 'precisely']);
  assert.deepEqual(speakTime({ hour: 0, minute: 30, second: 1 }), ['the-time-is', '0', '30', 'and', '1', 'second']);
});
