import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  blockCumulativeLost,
  blockDelaySinceLastSr,
  blockFractionLost,
  blockJitter,
  blockLastSr,
  decodeCname,
  encodeBye,
  encodeCname,
  encodeReport,
  findReportBlock,
  isRtcpCompound,
  rtcpPacketBytes,
  rtcpPacketType,
  rtcpSenderSsrc,
  rtcpType,
  senderReportNtpMiddle,
  senderReportRtpTimestamp,
} from './rtcp-packet.ts';

const block = {
  ssrc: 0x11223344,
  fractionLost: 25,
  cumulativeLost: -3,
  highestSequence: 0x00010002,
  jitter: 160,
  lastSr: 0x5566_7788,
  delaySinceLastSr: 65_536,
};

test('RFC 3550 §6.4.1, §6.5, §6.6: a compound of SR, SDES and BYE is written and read back', () => {
  const bytes = new Uint8Array(200);
  let end = 4;
  const sender = { ntpSeconds: 0xaabbccdd, ntpFraction: 0x11223344, rtpTimestamp: 8000, packets: 50, octets: 8000 };
  end += encodeReport(bytes, end, { ssrc: 0xcafe0001, sender, block });
  const sdes = end;
  end += encodeCname(bytes, end, 0xcafe0001, new TextEncoder().encode('leg@ringdown'));
  end += encodeBye(bytes, end, 0xcafe0001);
  assert.equal(isRtcpCompound(bytes, 4, end - 4), true);
  assert.equal(Buffer.from(bytes.subarray(4, 12)).toString('hex'), '81c8000ccafe0001');
  assert.equal(senderReportNtpMiddle(bytes, 4), 0xccdd1122 | 0);
  assert.equal(senderReportRtpTimestamp(bytes, 4), 8000);
  const at = findReportBlock(bytes, 4, 0x11223344);
  assert.equal(at, 4 + 28);
  assert.equal(blockFractionLost(bytes, at), 25);
  assert.equal(blockCumulativeLost(bytes, at), -3);
  assert.equal(blockJitter(bytes, at), 160);
  assert.equal(blockLastSr(bytes, at), 0x5566_7788);
  assert.equal(blockDelaySinceLastSr(bytes, at), 65_536);
  assert.equal(findReportBlock(bytes, 4, 5), -1);
  assert.equal(sdes, 4 + rtcpPacketBytes(bytes, 4));
  assert.equal(new TextDecoder().decode(decodeCname(bytes, sdes) ?? new Uint8Array()), 'leg@ringdown');
  const bye = sdes + rtcpPacketBytes(bytes, sdes);
  assert.equal(rtcpPacketType(bytes, bye), rtcpType.BYE);
  assert.equal(rtcpSenderSsrc(bytes, bye), 0xcafe0001 | 0);
});

test('RFC 3550 §6.5: the item list ends with a zero octet even where the name fills the word', () => {
  for (let length = 0; length < 9; length++) {
    const bytes = new Uint8Array(64).fill(0xff);
    const size = encodeCname(bytes, 0, 1, new Uint8Array(length).fill(0x61));
    assert.equal(size % 4, 0);
    assert.equal(bytes[10 + length], 0, `after a name of ${length}`);
    assert.equal(decodeCname(bytes, 0)?.length, length);
    assert.equal(isRtcpCompound(bytes, 0, size), true);
  }
});

test('RFC 3550 §6.4.2: a receiver report without a block is eight octets', () => {
  const bytes = new Uint8Array(8);
  assert.equal(encodeReport(bytes, 0, { ssrc: 1, sender: null, block: null }), 8);
  assert.equal(Buffer.from(bytes).toString('hex'), '80c9000100000001');
});

const broken: [title: string, hex: string][] = [
  ['too short', '80c90000'],
  ['version 1', '40c9000100000001'],
  ['length beyond the end', '80c9000200000001'],
  ['an SR shorter than its sender info', '80c8000100000001'],
  ['an RR that announces a block it lacks', '81c9000100000001'],
  ['a second packet cut off', '80c900010000000180cb'],
  ['an RTP packet', '8000000100000002'],
];
for (const [title, hex] of broken) {
  test(`RFC 3550 §A.2: refused: ${title}`, () => {
    const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
    assert.equal(isRtcpCompound(bytes, 0, bytes.length), false);
  });
}
