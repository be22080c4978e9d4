import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  encodeRtpHeader,
  isRtcp,
  isRtp,
  rtpHeaderLength,
  rtpMarker,
  rtpPayloadLength,
  rtpPayloadType,
  rtpSequence,
  rtpSsrc,
  rtpTimestamp,
  setRtpPayloadType,
} from './rtp-packet.ts';

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test('RFC 3550 §5.1: every field of the fixed header is written and read back, at an offset', () => {
  const bytes = new Uint8Array(40).fill(0x55);
  encodeRtpHeader(bytes, 7, {
    payloadType: 101,
    marker: true,
    sequence: 0xfffe,
    timestamp: 0xdeadbeef,
    ssrc: 0x80000001,
  });
  assert.equal(Buffer.from(bytes.subarray(7, 19)).toString('hex'), '80e5fffedeadbeef80000001');
  assert.equal(rtpMarker(bytes, 7), true);
  assert.equal(rtpPayloadType(bytes, 7), 101);
  assert.equal(rtpSequence(bytes, 7), 0xfffe);
  assert.equal(rtpTimestamp(bytes, 7), 0xdeadbeef | 0);
  assert.equal(rtpSsrc(bytes, 7), 0x80000001 | 0);
  setRtpPayloadType(bytes, 7, 0);
  assert.equal(bytes[8], 0x80, 'the marker bit stays');
});

const headers: [title: string, hex: string, valid: boolean, headerLength: number, payload: number][] = [
  ['plain header with four octets', '8000 0001 00000002 00000003 aabbccdd', true, 12, 4],
  ['no payload at all', '8000 0001 00000002 00000003', true, 12, 0],
  ['two CSRCs', '8200 0001 00000002 00000003 11111111 22222222 aabb', true, 20, 2],
  ['extension of one word', '9000 0001 00000002 00000003 bede0001 10aa0000 aabb', true, 20, 2],
  ['padding of four', 'a000 0001 00000002 00000003 aabb 00000004', true, 12, 2],
  ['padding as long as the payload', 'a000 0001 00000002 00000003 00000004', true, 12, 0],
];
for (const [title, hex, valid, headerLength, payload] of headers) {
  test(`RFC 3550 §5.1: ${title}`, () => {
    const bytes = bytesOf(`ffff ${hex}`);
    assert.equal(isRtp(bytes, 2, bytes.length - 2), valid);
    assert.equal(rtpHeaderLength(bytes, 2, bytes.length - 2), headerLength);
    assert.equal(rtpPayloadLength(bytes, 2, bytes.length - 2), payload);
  });
}

const broken: [title: string, hex: string][] = [
  ['eleven octets', '8000 0001 00000002 000000'],
  ['version 1', '4000 0001 00000002 00000003'],
  ['CSRC list beyond the end', '8f00 0001 00000002 00000003 11111111'],
  ['extension header beyond the end', '9000 0001 00000002 00000003 be'],
  ['extension words beyond the end', '9000 0001 00000002 00000003 bede0004 10aa0000'],
  ['padding of zero', 'a000 0001 00000002 00000003 aabb0000'],
  ['padding longer than the packet', 'a000 0001 00000002 00000003 000000ff'],
];
for (const [title, hex] of broken) {
  test(`RFC 3550 §A.1: ${title} is refused`, () => {
    const bytes = bytesOf(hex);
    assert.equal(isRtp(bytes, 0, bytes.length), false);
  });
}

test('RFC 5761 §4: packet types 192-223 are RTCP, payload types with or without marker are RTP', () => {
  const second = (value: number) => Uint8Array.of(0x80, value);
  for (const type of [192, 200, 203, 207, 223]) assert.equal(isRtcp(second(type), 0), true, String(type));
  for (const type of [0, 8, 101, 127, 128, 128 + 101, 191, 224, 255])
    assert.equal(isRtcp(second(type), 0), false, String(type));
});
