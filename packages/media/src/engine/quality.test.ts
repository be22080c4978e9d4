import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeReport,
  findReportBlock,
  isRtcpCompound,
  ntpMiddle,
  rtcpPacketBytes,
  rtcpPacketType,
  rtcpSenderSsrc,
  rtcpType,
  senderReportNtpMiddle,
  senderReportPackets,
} from '@ringdown/rtc/rtp';
import { createMediaBench } from '@ringdown/testkit';

test('quality every five seconds: nothing lost is MOS 4.41, a tenth lost is told as such', () => {
  const { a, media, ports, run, talk, told } = createMediaBench();
  talk();
  run(5100);
  const [good] = told('quality').filter((event) => event.streamId === 'a');
  assert.deepEqual([good?.statistics.received.lossPercent, good?.statistics.received.mos], [0, 4.41]);
  assert.equal(good?.statistics.received.jitterMs, 0);
  a.pause();
  run(20);
  for (let count = 0; count < 250; count++) {
    const bytes = a.voice.nextPacket();
    if (count % 10 !== 5)
      media.receive({ from: { address: a.address, port: a.port }, to: { address: '10.0.0.1', port: ports.a }, bytes });
    run(20);
  }
  const bad = told('quality')
    .filter((event) => event.streamId === 'a')
    .at(-1);
  assert.ok(Math.abs((bad?.statistics.received.lossPercent ?? 0) - 10) < 1, JSON.stringify(bad?.statistics.received));
  assert.ok((bad?.statistics.received.mos ?? 5) < 3.5);
});

test('RFC 3550 §A.8: a steady source has no jitter from its first report on, whatever its clock says, and after a change of source', () => {
  const { a, media, ports, run, must } = createMediaBench();
  const jitterMs = () => must({ verb: 'stats', sessionId: 'session-a' }).statistics.streams[0]?.received.jitterMs;
  const steady = (ssrc: number) => {
    for (let count = 0; count < 10; count++) {
      const bytes = a.voice.nextPacket();
      bytes[11] = ssrc;
      bytes[4] = ssrc;
      media.receive({ from: { address: a.address, port: a.port }, to: { address: '10.0.0.1', port: ports.a }, bytes });
      run(20);
    }
  };
  steady(1);
  assert.equal(jitterMs(), 0);
  steady(77);
  assert.equal(jitterMs(), 0);
});

test('RFC 3550 §A.8: jitter of packets that come alternately 10 ms early and late', () => {
  const { a, media, ports, run, must } = createMediaBench();
  for (let count = 0; count < 300; count++) {
    media.receive({
      from: { address: a.address, port: a.port },
      to: { address: '10.0.0.1', port: ports.a },
      bytes: a.voice.nextPacket(),
    });
    run(count % 2 === 0 ? 10 : 30);
  }
  const jitterMs = must({ verb: 'stats', sessionId: 'session-a' }).statistics.streams[0]?.received.jitterMs ?? 0;
  assert.ok(Math.abs(jitterMs - 10) < 0.6, String(jitterMs));
});

test('RFC 3550 §6.4.1: our sender reports tell what we sent and how we hear; the peer’s give loss, jitter and round trip', () => {
  const { a, media, ports, join, talk, run, clock, must, told } = createMediaBench();
  join();
  talk();
  run(8000);
  const compound = a.rtcp.at(-1);
  assert.ok(compound !== undefined && isRtcpCompound(compound, 0, compound.length));
  assert.equal(rtcpPacketType(compound, 0), rtcpType.SR);
  const ours = a.voice.heard[0]?.ssrc ?? 0;
  assert.equal(rtcpSenderSsrc(compound, 0) >>> 0, ours);
  assert.ok(senderReportPackets(compound, 0) > 50);
  assert.ok(findReportBlock(compound, 0, a.voice.ssrc) > 0, 'it speaks of the phone');
  assert.equal(rtcpPacketType(compound, rtcpPacketBytes(compound, 0)), rtcpType.SDES);
  // The phone answers 300 ms after that report, having held it for 200 ms.
  const sentMs = clock.nowMs();
  const lastSr = senderReportNtpMiddle(compound, 0);
  const ageMs = ((ntpMiddle(clock.utcMs()) - lastSr) | 0) / 65.536;
  const report = new Uint8Array(32);
  const block = {
    ssrc: ours,
    fractionLost: 26,
    cumulativeLost: 40,
    highestSequence: 0,
    jitter: 80,
    lastSr,
    delaySinceLastSr: Math.round((ageMs + 100) * 65.536),
  };
  encodeReport(report, 0, { ssrc: a.voice.ssrc, sender: null, block });
  run(300);
  media.receive({
    from: { address: a.address, port: a.port + 1 },
    to: { address: '10.0.0.1', port: ports.a + 1 },
    bytes: report,
  });
  const statistics = must({ verb: 'stats', sessionId: 'session-a' }).statistics.streams[0];
  assert.ok(Math.abs((statistics?.roundTripMs ?? 0) - 200) < 1, `${statistics?.roundTripMs} at ${sentMs}`);
  const rtcp = told('streamLatched').filter((event) => event.component === 'rtcp');
  assert.deepEqual(
    rtcp.map((event) => [event.streamId, event.address, event.port, event.why]),
    [['a', a.address, a.port + 1, 'first']],
  );
  assert.equal(statistics?.sent.lost, 40);
  assert.equal(statistics?.sent.jitterMs, 10);
});

test('RFC 4585: feedback crosses with SSRCs and sequence numbers of the far source; reports do not', () => {
  const { a, b, media, ports, join, talk, run } = createMediaBench();
  join();
  talk();
  run(500);
  const heard = a.voice.heard.at(-1);
  assert.ok(heard !== undefined);
  const original = 1000 + a.voice.heard.length - 1;
  const nack = new Uint8Array(16);
  const view = new DataView(nack.buffer);
  view.setUint32(0, (0x81 << 24) | (205 << 16) | 3);
  view.setUint32(4, a.voice.ssrc);
  view.setUint32(8, heard.ssrc);
  view.setUint16(12, heard.sequence);
  b.rtcp.length = 0;
  media.receive({
    from: { address: a.address, port: a.port + 1 },
    to: { address: '10.0.0.1', port: ports.a + 1 },
    bytes: nack,
  });
  assert.equal(b.rtcp.length, 1);
  const crossed = new DataView(b.rtcp[0]!.buffer);
  assert.equal(crossed.getUint32(4), b.voice.heard[0]?.ssrc, 'from us');
  assert.equal(crossed.getUint32(8), b.voice.ssrc, 'about its own stream');
  assert.equal(crossed.getUint16(12), original);
});

test('RFC 5761: with rtcp-mux our reports leave from and arrive at the RTP port', () => {
  const { a, media, must, talk, run, ports } = createMediaBench();
  must({ verb: 'updateStream', streamId: 'a', remote: { address: a.address, port: a.port, rtcpMux: true } });
  must({ verb: 'echo', streamId: 'a', on: true });
  const seen: number[] = [];
  const take = a.voice.hear.bind(a.voice);
  a.voice.hear = (bytes, atMs) => {
    if (isRtcpCompound(bytes, 0, bytes.length)) {
      seen.push(bytes[1]!);
      return false;
    }
    return take(bytes, atMs);
  };
  talk();
  run(7000);
  assert.deepEqual(seen, [rtcpType.SR, rtcpType.SR]);
  assert.equal(a.rtcp.length, 0);
  const bytes = Uint8Array.from([0x80, 201, 0, 1, 0, 0, 0, 0xa]);
  media.receive({ from: { address: a.address, port: a.port }, to: { address: '10.0.0.1', port: ports.a }, bytes });
  assert.equal(must({ verb: 'stats', sessionId: 'session-a' }).statistics.streams[0]?.dropped, 0);
});
