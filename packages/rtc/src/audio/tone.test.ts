import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dtmfTones } from './dtmf-tone.ts';
import { decodeMuLaw, encodeMuLaw } from './g711.ts';
import { dbm0OfPcm } from './level.ts';
import { goertzelPower, measureTone } from './measure-tone.ts';
import { ToneGenerator } from './tone.ts';

/** One second in frames of 20 ms. */
function sound(components: readonly { hz: number; levelDbm0: number }[], frameSamples = 160): Int16Array {
  const generator = new ToneGenerator(components, 8000);
  const pcm = new Int16Array(8000);
  for (let at = 0; at < pcm.length; at += frameSamples) generator.fill(pcm.subarray(at, at + frameSamples));
  return pcm;
}

for (const [hz, level] of [
  [1004, -10],
  [440, -13],
  [350, -40],
  [3400, 0],
] as const) {
  test(`a tone of ${hz} Hz at ${level} dBm0 is measured as such`, () => {
    const measured = measureTone(sound([{ hz, levelDbm0: level }]));
    assert.ok(Math.abs(measured.hz - hz) < 0.1, `${measured.hz} Hz`);
    assert.ok(Math.abs(measured.dbm0 - level) < 0.1, `${measured.dbm0} dBm0`);
  });
}

test('frames join without a click: framed and unframed are the same samples', () => {
  assert.deepEqual(sound([{ hz: 1004, levelDbm0: -10 }], 160), sound([{ hz: 1004, levelDbm0: -10 }], 8000));
});

test('a click, a gap and silence show in the measurement', () => {
  const whole = sound([{ hz: 1004, levelDbm0: -10 }]);
  assert.ok(measureTone(whole).snrDb > 50);
  const gap = whole.slice();
  gap.fill(0, 4000, 4160);
  assert.ok(measureTone(gap).snrDb < 30, String(measureTone(gap).snrDb));
  assert.equal(measureTone(new Int16Array(8000)).dbm0, -Infinity);
});

test('G.711 keeps a tone and leaves about 37 dB of purity', () => {
  const octets = new Uint8Array(8000);
  const pcm = new Int16Array(8000);
  encodeMuLaw(sound([{ hz: 1004, levelDbm0: -10 }]), octets, 0);
  decodeMuLaw(octets, 0, pcm);
  const measured = measureTone(pcm);
  assert.ok(Math.abs(measured.dbm0 - -10) < 0.1 && measured.snrDb > 33, JSON.stringify(measured));
});

test('the level of a sum is the sum of the powers', () => {
  assert.ok(
    Math.abs(
      dbm0OfPcm(
        sound([
          { hz: 500, levelDbm0: -13 },
          { hz: 900, levelDbm0: -13 },
        ]),
      ) - -9.99,
    ) < 0.05,
  );
});

test('ITU-T Q.23: 5 is 770 and 1336 Hz, # is 941 and 1477; both are in the sound', () => {
  assert.deepEqual(
    dtmfTones('5')?.map((tone) => tone.hz),
    [770, 1336],
  );
  assert.deepEqual(
    dtmfTones('#')?.map((tone) => tone.hz),
    [941, 1477],
  );
  assert.deepEqual(
    dtmfTones('d')?.map((tone) => tone.hz),
    [941, 1633],
  );
  assert.equal(dtmfTones('E'), null);
  assert.equal(dtmfTones(''), null);
  const pcm = sound(dtmfTones('5') ?? []);
  assert.ok(
    goertzelPower(pcm, 770, 8000) > 1e7 && goertzelPower(pcm, 1336, 8000) > 1e7 && goertzelPower(pcm, 1000, 8000) < 100,
  );
});
