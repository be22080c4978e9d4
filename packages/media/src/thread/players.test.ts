import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dbm0OfPcm } from '@ringdown/rtc/audio';
import { createMediaBench, engineAddress } from '@ringdown/testkit';
import type { Sounds } from './sounds.ts';
import { createFrameSource } from './sources/create-frame-source.ts';
import type { FrameSource } from './sources/frame-source.ts';

const frames = (source: FrameSource, most: number): Int16Array[] => {
  const all: Int16Array[] = [];
  for (let count = 0; count < most; count++) {
    const pcm = new Int16Array(160).fill(12_345);
    if (!source.fill(pcm)) break;
    all.push(pcm);
  }
  return all;
};
const clip = (samples: number, value: number) => new Int16Array(samples).fill(value);
const sounds: Sounds = {
  prompts: new Map([
    ['one', clip(200, 1)],
    ['none', clip(0, 9)],
    ['two', clip(100, 2)],
    ['the-time-is', clip(160, 7)],
  ]),
  music: clip(320, 5),
};
const context = (loop: boolean, utcMs = () => 0) => ({ sounds, loop, utcMs });

test('prompts follow one another without a gap, the last frame is filled up with silence, then it has ended', () => {
  const heard = frames(
    createFrameSource({ kind: 'prompt', names: ['one', 'none', 'two', 'missing'] }, context(false)),
    10,
  );
  assert.equal(heard.length, 2);
  const samples = heard.flatMap((frame) => [...frame]);
  assert.deepEqual(
    [samples[0], samples[199], samples[200], samples[299], samples[300], samples[319]],
    [1, 1, 2, 2, 0, 0],
  );
});

test('a loop begins again after half a second; nothing to say is silence, not an endless turn', () => {
  const heard = frames(createFrameSource({ kind: 'prompt', names: ['one'] }, context(true)), 60).flatMap((frame) => [
    ...frame,
  ]);
  assert.deepEqual([heard[199], heard[200], heard[200 + 3999], heard[200 + 4000]], [1, 0, 0, 1]);
  const silent = frames(createFrameSource({ kind: 'prompt', names: [] }, context(true)), 5);
  assert.equal(silent.length, 5);
  assert.ok(silent.every((frame) => frame.every((sample) => sample === 0)));
});

test('the clock says the time of the moment each repetition begins', () => {
  let asked = 0;
  const source = createFrameSource(
    { kind: 'clock', utcOffsetMin: 60 },
    context(true, () => ++asked),
  );
  frames(source, 60);
  assert.ok(asked >= 2, String(asked));
});

for (const [country, on, off] of [
  ['us', 2000, 4000],
  ['de', 1000, 4000],
  ['xx', 2000, 4000],
] as const) {
  test(`ITU-T E.180: ring-back of ${country} is ${on} ms on and ${off} ms off`, () => {
    const heard = frames(createFrameSource({ kind: 'ringback', country }, context(false)), (on + off) / 20 + 1);
    const loud = heard.map((frame) => dbm0OfPcm(frame) > -40);
    assert.equal(loud.indexOf(false), on / 20);
    assert.equal(loud.lastIndexOf(true), (on + off) / 20, 'the next ring');
    assert.equal(loud.filter(Boolean).length, on / 20 + 1);
  });
}

test('a player waits for the peer’s address, plays to its end, and says so', () => {
  const { media, must, run, told, clock } = createMediaBench();
  must({ verb: 'openSession', sessionId: 's', callId: 'c', streams: [{ streamId: 'x', kind: 'audio' }] });
  must({ verb: 'updateStream', streamId: 'x', codecs: [{ payloadType: 8, name: 'PCMA', clockRate: 8000 }] });
  must({ verb: 'play', streamId: 'x', playId: 'p', source: { kind: 'prompt', names: ['goodbye'] }, loop: false });
  run(2000);
  assert.equal(told('playEnded').length, 0);
  must({ verb: 'updateStream', streamId: 'x', remote: { address: '192.0.2.99', port: 4000 } });
  const startMs = clock.nowMs();
  run(1000);
  const ended = told('playEnded')[0];
  assert.deepEqual([ended?.playId, ended?.reason], ['p', 'finished']);
  assert.ok((ended?.atUtcMs ?? 0) - (clock.utcMs() - clock.nowMs()) - startMs <= 540, 'half a second of prompt');
  assert.equal(must({ verb: 'stats', sessionId: 's' }).statistics.streams[0]?.sent.packets, 25);
  assert.ok(media.engine.sessionCount > 0);
});

test('a leg on hold from our side (recvonly, inactive) is sent nothing, though its player’s time goes on', () => {
  const { a, must, run } = createMediaBench();
  must({ verb: 'updateStream', streamId: 'a', direction: 'recvonly' });
  must({ verb: 'play', streamId: 'a', playId: 'p', source: { kind: 'music' }, loop: true });
  run(500);
  assert.equal(a.voice.heard.length, 0);
  must({ verb: 'updateStream', streamId: 'a', direction: 'sendonly' });
  run(500);
  assert.equal(a.voice.heard.length, 25);
  assert.ok(engineAddress.length > 0);
});
