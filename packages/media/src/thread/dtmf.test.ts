import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMediaBench } from '@ringdown/testkit';

const keysOf = (packets: readonly { payloadType: number; payload: Uint8Array; timestamp: number; marker: boolean }[]) =>
  packets.filter((packet) => packet.payloadType === 101 || packet.payloadType === 96);

test('RFC 4733: a key crosses with its payload type mapped, and is told once with its duration', () => {
  const { b, media, ports, join, run, told, a } = createMediaBench();
  join(
    [
      [101, 96],
      [0, 0],
    ],
    [],
  );
  a.talkTo(media, '10.0.0.1', ports.a);
  run(200);
  a.pause();
  run(20);
  for (const packet of a.voice.dtmfPackets('5', 100)) {
    media.receive({
      from: { address: a.address, port: a.port },
      to: { address: '10.0.0.1', port: ports.a },
      bytes: packet,
    });
    run(20);
  }
  run(1000);
  const keys = keysOf(b.voice.heard);
  assert.equal(keys.length, 7);
  assert.ok(
    keys.every(
      (packet) => packet.payloadType === 96 && packet.timestamp === keys[0]?.timestamp && packet.payload[0] === 5,
    ),
  );
  assert.deepEqual(
    told('dtmf').map((event) => [event.streamId, event.digit, event.durationMs]),
    [['a', '5', 100]],
  );
});

test('RFC 4733 §2.5.2: the same key twice is two keys; one whose end packets were lost is told after a while', () => {
  const { media, ports, run, told, a } = createMediaBench();
  const send = (packets: Uint8Array[]) => {
    for (const bytes of packets) {
      media.receive({ from: { address: a.address, port: a.port }, to: { address: '10.0.0.1', port: ports.a }, bytes });
      run(20);
    }
  };
  send([a.voice.nextPacket(), a.voice.nextPacket()]);
  send(a.voice.dtmfPackets('1', 80));
  send(a.voice.dtmfPackets('1', 80));
  const endless = a.voice.dtmfPackets('#', 80);
  send(endless.slice(0, -3));
  assert.deepEqual(
    told('dtmf').map((event) => event.digit),
    ['1', '1'],
  );
  run(400);
  assert.deepEqual(
    told('dtmf').map((event) => [event.digit, event.durationMs]),
    [
      ['1', 80],
      ['1', 80],
      ['#', 60],
    ],
  );
});

test('RFC 4733 §2.5.1: keys pressed for a leg: marker first, growing duration, three end packets, pause by comma, then the far side again', () => {
  const { a, join, talk, run, must } = createMediaBench();
  join();
  talk();
  run(200);
  must({ verb: 'sendDtmf', streamId: 'a', digits: '1,#', durationMs: 100, gapMs: 60 });
  run(2000);
  const keys = keysOf(a.voice.heard);
  const ones = keys.filter((packet) => packet.payload[0] === 1);
  const hashes = keys.filter((packet) => packet.payload[0] === 11);
  assert.equal(ones.length, 7);
  assert.equal(hashes.length, 7);
  assert.deepEqual(
    ones.map((packet) => packet.marker),
    [true, false, false, false, false, false, false],
  );
  assert.deepEqual(
    ones.map((packet) => (packet.payload[2]! << 8) | packet.payload[3]!),
    [160, 320, 480, 640, 800, 800, 800],
  );
  assert.deepEqual(
    ones.map((packet) => packet.payload[1]! >> 7),
    [0, 0, 0, 0, 1, 1, 1],
  );
  assert.equal(new Set(ones.map((packet) => packet.timestamp)).size, 1);
  const apartMs = ((hashes[0]!.timestamp - ones[0]!.timestamp) | 0) / 8;
  assert.equal(apartMs, 160 + 500);
  const last = a.voice.heard.at(-1);
  assert.equal(last?.payloadType, 0, 'audio goes on');
  const sequences = a.voice.heard.map((packet) => packet.sequence);
  assert.ok(sequences.every((sequence, index) => index === 0 || sequence === ((sequences[index - 1]! + 1) & 0xffff)));
});
