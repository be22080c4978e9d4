/** What is binary: RTP, RTCP, telephone events, sound files, and the frames between control and media. Nothing is read beyond what was received. */
import { checkCommandFrame, FrameReader } from '@ringdown/media/protocol';
import { decodeALaw, decodeMuLaw, decodeWav, encodeWav } from '@ringdown/rtc/audio';
import {
  blockCumulativeLost,
  blockDelaySinceLastSr,
  blockFractionLost,
  blockJitter,
  blockLastSr,
  decodeCname,
  digitOfEvent,
  encodeCname,
  encodeReport,
  encodeRtpHeader,
  findReportBlock,
  isRtcp,
  isRtcpCompound,
  isRtp,
  readInt32,
  readUint16,
  rtcpCount,
  rtcpPacketBytes,
  rtcpSenderSsrc,
  rtpHeaderLength,
  rtpMarker,
  rtpPayloadLength,
  rtpPayloadType,
  rtpSequence,
  rtpSsrc,
  rtpTimestamp,
  senderReportNtpMiddle,
  senderReportPackets,
  senderReportRtpTimestamp,
  telephoneEventCode,
  telephoneEventDuration,
  telephoneEventEnded,
} from '@ringdown/rtc/rtp';
import { decodeText } from '@ringdown/sdp';
import type { SeededRandom } from './seeded-random.ts';
import { ensure, type FuzzTarget, toBytes } from './target.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function corpus(): string[] {
  const rtp = new Uint8Array(32);
  encodeRtpHeader(rtp, 0, { payloadType: 0, marker: true, sequence: 65_535, timestamp: -1, ssrc: 7 });
  const extended = Uint8Array.of(
    0xb2,
    0x60,
    0,
    1,
    0,
    0,
    0,
    2,
    0,
    0,
    0,
    3,
    ...new Array(8).fill(9),
    0xbe,
    0xde,
    0,
    1,
    1,
    2,
    3,
    4,
    5,
    6,
    2,
  );
  const event = Uint8Array.of(0x80, 0xe5, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 11, 0x8a, 3, 0xc0);
  const wav = encodeWav({ sampleRate: 8_000, pcm: Int16Array.from([1, -2, 300, -400]) }, 'mu-law');
  const frame = (value: unknown): string => {
    const json = JSON.stringify(value);
    return `${String.fromCharCode(0, 0, json.length >> 8, json.length & 255)}${json}`;
  };
  const hello = { kind: 'command', key: 'k1', epoch: 1, command: { verb: 'openSession', sessionId: 's' } };
  const told = `\0\0\0\x10\x01\x00\x00\x00${'\x02abc'.repeat(3)}`;
  return [text(rtp), text(extended), text(event), ...reports(), text(wav), frame(hello), frame([hello, null]), told];
}

function reports(): string[] {
  const bytes = new Uint8Array(256);
  const block = {
    ssrc: 7,
    fractionLost: 3,
    cumulativeLost: -5,
    highestSequence: 70_000,
    jitter: 20,
    lastSr: 1,
    delaySinceLastSr: 2,
  };
  const sender = { ntpSeconds: 1, ntpFraction: 2, rtpTimestamp: 3, packets: 4, octets: 5 };
  const end = encodeReport(bytes, 0, { ssrc: 9, sender, block });
  const all = encodeCname(bytes, end, 9, toBytes('a@b'));
  return [text(bytes.subarray(0, end)), text(bytes.subarray(0, all))];
}

export const mediaTarget: FuzzTarget = { name: 'media', corpus: corpus(), check };

function check(input: string, random: SeededRandom): void {
  const bytes = toBytes(input);
  checkRtp(bytes);
  checkRtcp(bytes);
  const wav = decodeWav(bytes);
  ensure(!wav.ok || wav.pcm.length <= bytes.length, 'a sound is no longer than its file');
  const samples = new Int16Array(bytes.length);
  decodeMuLaw(bytes, 0, samples);
  decodeALaw(bytes, 0, samples);
  decodeText(bytes);
  checkFrames(bytes.subarray(0, 8_000), random);
}

function checkRtp(bytes: Uint8Array): void {
  if (bytes.length < 2 || isRtcp(bytes, 0) || !isRtp(bytes, 0, bytes.length)) return;
  const header = rtpHeaderLength(bytes, 0, bytes.length);
  const payload = rtpPayloadLength(bytes, 0, bytes.length);
  ensure(header >= 12 && payload >= 0 && header + payload <= bytes.length, 'a packet has its parts within it');
  ensure(
    rtpPayloadType(bytes, 0) < 128 && rtpSequence(bytes, 0) === readUint16(bytes, 2),
    'fields are what stands there',
  );
  ensure(
    rtpTimestamp(bytes, 0) === readInt32(bytes, 4) && rtpSsrc(bytes, 0) === readInt32(bytes, 8),
    'so are the long ones',
  );
  void rtpMarker(bytes, 0);
  if (payload < 4) return;
  const code = telephoneEventCode(bytes, header);
  ensure(digitOfEvent(code).length <= 1 && telephoneEventDuration(bytes, header) < 65_536, 'an event is a key at most');
  void telephoneEventEnded(bytes, header);
}

function checkRtcp(bytes: Uint8Array): void {
  if (!isRtcpCompound(bytes, 0, bytes.length)) return;
  let at = 0;
  for (; at < bytes.length; at += rtcpPacketBytes(bytes, at)) {
    const type = bytes[at + 1];
    ensure(rtcpCount(bytes, at) < 32, 'a count has five bits');
    if (type === 202) {
      const cname = decodeCname(bytes, at);
      ensure(cname === null || cname.length < 256, 'a name has a length of one octet');
    }
    if (type !== 200 && type !== 201) continue;
    void [rtcpSenderSsrc(bytes, at), senderReportNtpMiddle(bytes, at), senderReportRtpTimestamp(bytes, at)];
    if (type === 200) ensure(senderReportPackets(bytes, at) >= 0, 'packets are counted from 0');
    const block = findReportBlock(bytes, at, 7);
    if (block < 0) continue;
    ensure(block + 24 <= at + rtcpPacketBytes(bytes, at), 'a block lies in its packet');
    ensure(blockFractionLost(bytes, block) < 256 && Math.abs(blockCumulativeLost(bytes, block)) <= 2 ** 23, 'losses');
    void [blockJitter(bytes, block), blockLastSr(bytes, block), blockDelaySinceLastSr(bytes, block)];
  }
  ensure(at === bytes.length, 'the packets fill the datagram');
}

/** However the bytes are cut, the same frames come out, and what they hold is a command or is refused. */
function checkFrames(bytes: Uint8Array, random: SeededRandom): void {
  const whole = new FrameReader().push(bytes);
  const reader = new FrameReader();
  const pieces: string[] = [];
  for (let p = 0; p < bytes.length; ) {
    const size = 1 + random.below(300);
    for (const frame of reader.push(bytes.slice(p, p + size))) pieces.push(shape(frame));
    p += size;
  }
  ensure(pieces.join() === whole.map(shape).join(), 'chunks change nothing');
  for (const frame of whole) if (frame.kind === 'value') void checkCommandFrame(frame.value);
}

const shape = (frame: { readonly kind: string }): string => JSON.stringify(frame).slice(0, 2_000);
