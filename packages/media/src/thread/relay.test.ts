import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMediaBench, type HeardPacket, type VirtualTalker } from '@ringdown/testkit';

/** One stream as RFC 3550 §5.1 wants it: one SSRC, every number one up, timestamps that go with the time. */
function assertContinuous(packets: readonly HeardPacket[]): void {
  assert.ok(packets.length > 10, `${packets.length} packets`);
  for (const [index, packet] of packets.entries()) {
    const before = packets[index - 1];
    if (before === undefined) continue;
    assert.equal(packet.ssrc, before.ssrc, `SSRC of packet ${index}`);
    assert.equal(packet.sequence, (before.sequence + 1) & 0xffff, `sequence number of packet ${index}`);
    const step = (packet.timestamp - before.timestamp) | 0;
    const expected = (packet.atMs - before.atMs) * 8;
    assert.ok(Math.abs(step - expected) <= 160, `timestamp of packet ${index} goes ${step}, time ${expected}`);
  }
}

const assertTone = (talker: VirtualTalker, hz: number, dbm0: number) => {
  const tone = talker.voice.heardTone();
  assert.ok(Math.abs(tone.hz - hz) < 1 && Math.abs(tone.dbm0 - dbm0) < 0.3 && tone.snrDb > 30, JSON.stringify(tone));
};

test('a joined pair hears each other: frequency, level and purity in both directions, each a stream of ours', () => {
  const { a, b, join, talk, run, told } = createMediaBench();
  join();
  talk();
  run(3000);
  assertTone(b, 1004, -10);
  assertTone(a, 440, -16);
  assertContinuous(a.voice.heard);
  assertContinuous(b.voice.heard);
  assert.notEqual(b.voice.heard[0]?.ssrc, a.voice.ssrc, 'the SSRC is not the far phone’s');
  assert.equal(b.voice.heard.length, 151);
  assert.deepEqual(
    told('streamLatched').map((event) => [event.streamId, event.address, event.port, event.why]),
    [
      ['a', '192.0.2.10', 4000, 'first'],
      ['b', '192.0.2.11', 4000, 'first'],
    ],
  );
});

test('payload types are mapped per direction, and what the map does not name is dropped', () => {
  const { a, b, join, talk, run, must } = createMediaBench();
  join([[0, 96]], [[8, 0]]);
  talk();
  run(400);
  assert.ok(b.voice.heard.length > 0 && b.voice.heard.every((packet) => packet.payloadType === 96));
  assert.equal(a.voice.heard.length, 0);
  const { statistics } = must({ verb: 'stats', sessionId: 'session-b' });
  assert.equal(statistics.streams[0]?.dropped, 21);
});

test('play, join, play, stop, split, echo: the leg hears one continuous stream', () => {
  const { a, join, talk, run, must } = createMediaBench();
  const play = (playId: string) =>
    must({ verb: 'play', streamId: 'a', playId, source: { kind: 'tone', hz: 700, levelDbm0: -12 }, loop: false });
  play('early');
  run(1000);
  assertTone(a, 700, -12);
  talk();
  must({ verb: 'stopPlay', streamId: 'a' });
  join();
  run(1500);
  assertTone(a, 440, -16);
  play('hold');
  run(1500);
  assertTone(a, 700, -12);
  must({ verb: 'stopPlay', streamId: 'a' });
  run(1500);
  assertTone(a, 440, -16);
  must({ verb: 'split', streamId: 'a' });
  const atSplit = a.voice.heard.length;
  run(500);
  assert.equal(a.voice.heard.length, atSplit, 'silence after the split');
  must({ verb: 'echo', streamId: 'a', on: true });
  run(1500);
  assertTone(a, 1004, -10);
  assertContinuous(a.voice.heard);
  const marked = a.voice.heard.filter((packet) => packet.marker).length;
  assert.equal(marked, 5, 'a marker bit at each change of source');
});

test('the far phone changes its SSRC and its numbering: the leg notices nothing', () => {
  const { a, b, media, ports, join, talk, run, told } = createMediaBench();
  join();
  talk();
  run(400);
  b.pause();
  run(40);
  for (let sequence = 0; sequence < 20; sequence++) {
    const bytes = b.voice.nextPacket();
    bytes.set([0x50, sequence], 2);
    bytes.set([0, 0, 0x77, 0x77], 8);
    media.receive({ from: { address: b.address, port: b.port }, to: { address: '10.0.0.1', port: ports.b }, bytes });
    run(20);
  }
  assertContinuous(a.voice.heard);
  assert.equal(a.voice.heard.length, 21 + 19, 'the first packet of the new source only announces it');
  assert.equal(told('sourceRefused').length, 0);
});

test('a late packet from before a switch is not sent under a number that was given away', () => {
  const { a, b, media, ports, join, talk, run, must } = createMediaBench();
  join();
  talk();
  run(400);
  b.pause();
  const late = b.voice.nextPacket();
  must({ verb: 'play', streamId: 'a', playId: 'p', source: { kind: 'silence' }, loop: false });
  run(100);
  must({ verb: 'stopPlay', streamId: 'a' });
  const send = (bytes: Uint8Array) =>
    media.receive({ from: { address: b.address, port: b.port }, to: { address: '10.0.0.1', port: ports.b }, bytes });
  send(b.voice.nextPacket());
  send(late);
  send(b.voice.nextPacket());
  run(0);
  assertContinuous(a.voice.heard);
});

test('RFC 2543 hold (address 0.0.0.0): nothing is sent, and afterwards it goes to where the phone was latched', () => {
  const { a, join, talk, run, must } = createMediaBench();
  a.moveTo('198.51.100.7', 61_000);
  join();
  talk();
  run(500);
  const remote = (address: string) =>
    must({ verb: 'updateStream', streamId: 'a', remote: { address, port: 4000 }, relock: true });
  remote('0.0.0.0');
  const held = a.voice.heard.length;
  assert.ok(held > 15);
  run(500);
  assert.equal(a.voice.heard.length, held);
  remote('192.0.2.10');
  run(500);
  assert.equal(a.voice.heard.length, held + 25);
});

test('a phone that begins a new numbering under its old SSRC is followed, and its figures are summed', () => {
  const { a, b, media, ports, join, talk, run, must } = createMediaBench();
  join();
  talk();
  run(1000);
  b.pause();
  run(20);
  for (let sequence = 0; sequence < 20; sequence++) {
    const bytes = b.voice.nextPacket();
    bytes.set([0xf0, sequence], 2);
    media.receive({ from: { address: b.address, port: b.port }, to: { address: '10.0.0.1', port: ports.b }, bytes });
    run(20);
  }
  assertContinuous(a.voice.heard);
  const received = must({ verb: 'stats', sessionId: 'session-b' }).statistics.streams[0]?.received;
  assert.deepEqual([received?.packets, received?.lost], [51 + 19, 0]);
});

test('sequence numbers and timestamps that wrap at the phone do not show at the leg', () => {
  const { a, join, talk, run, must } = createMediaBench({
    bFirst: { firstSequence: 65_520, firstTimestamp: 0xffff_ff00 },
  });
  join();
  talk();
  run(2000);
  assertContinuous(a.voice.heard);
  assert.equal(must({ verb: 'stats', sessionId: 'session-b' }).statistics.streams[0]?.received.lost, 0);
});
