/** Whatever arrives on a port: no throw, no harm to the call. A seeded slice; every row is reproducible from its number. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMediaBench, SeededRandom } from '@ringdown/testkit';

test('mutated and random packets on both ports, from the phone and from strangers, leave the call as it was', () => {
  const { a, b, media, ports, join, talk, run, must, told } = createMediaBench();
  join();
  talk();
  run(1000);
  const random = new SeededRandom(4);
  const compound = Uint8Array.from([
    0x81,
    200,
    0,
    12,
    ...new Array<number>(48).fill(1),
    0x81,
    202,
    0,
    3,
    0,
    0,
    0,
    10,
    1,
    2,
    65,
    66,
    0,
    0,
    0,
    0,
    0x81,
    205,
    0,
    3,
    ...new Array<number>(12).fill(9),
  ]);
  const samples = [
    a.voice.nextPacket(),
    compound,
    Uint8Array.from([0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42]),
    new Uint8Array(0),
  ];
  for (let count = 0; count < 20_000; count++) {
    const bytes = (samples[random.integer(samples.length)] ?? new Uint8Array(0)).slice(0, random.integer(200));
    for (let flips = random.integer(6); flips > 0; flips--)
      bytes[random.integer(Math.max(1, bytes.length))] = random.integer(256);
    const stranger = random.integer(2) === 0;
    const shift = random.integer(2);
    media.receive({
      from: stranger
        ? { address: `203.0.113.${random.integer(250)}`, port: 1 + random.integer(60_000) }
        : { address: a.address, port: a.port + shift },
      to: { address: '10.0.0.1', port: ports.a + shift },
      bytes,
    });
    if (count % 50 === 0) run(20);
  }
  run(2000);
  assert.ok(told('sourceRefused').length <= 12, 'a flood of packets is no flood of events');
  const tone = b.voice.heardTone();
  assert.ok(Math.abs(tone.hz - 1004) < 2, JSON.stringify(tone));
  const statistics = must({ verb: 'stats', sessionId: 'session-a' }).statistics.streams[0];
  assert.ok((statistics?.dropped ?? 0) > 1000 && (statistics?.refused ?? 0) > 1000, JSON.stringify(statistics));
});
