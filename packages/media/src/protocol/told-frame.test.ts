import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCommandFrame } from './check-command.ts';
import type { MediaCommand } from './command.ts';
import { FrameReader } from './frame.ts';
import { decodeToldFrame, encodeToldFrame, type ToldFrame, toldMark } from './told-frame.ts';

function afterTheWire(command: unknown, epoch = 7): ToldFrame | null {
  const frame = encodeToldFrame(command as MediaCommand, epoch);
  if (frame === null) return null;
  const [result] = new FrameReader().push(frame);
  assert.equal(result?.kind, 'told');
  return decodeToldFrame(result.bytes);
}

const codec = { payloadType: 111, name: 'OPUS', clockRate: 48_000, channels: 2 };
const open = (stream: object = {}, rest: object = {}) => ({
  verb: 'openSession',
  sessionId: 's',
  callId: 'c',
  streams: [{ streamId: 'a', kind: 'audio', ...stream }],
  ...rest,
});
const update = (rest: object) => ({ verb: 'updateStream', streamId: 'a', ...rest });
const join = (rest: object) => ({ verb: 'join', a: 'a', b: 'b', payloadMapAtoB: [], payloadMapBtoA: [], ...rest });

const asOctets: unknown[] = [
  open(),
  open({ kind: 'video', address: '2001:db8::1', dscp: 46, timeoutMs: 30_000 }, { nearSessionId: 'near' }),
  open({ dscp: 0, timeoutMs: 0 }),
  open({ timeoutMs: 30_000, transportId: 'reserved-1' }),
  { verb: 'openSession', sessionId: 's'.repeat(128), callId: 'c', streams: [] },
  update({}),
  update({ remote: { address: '10.0.0.1', port: 65_535 } }),
  update({ remote: { address: '::1', port: 4000, rtcpPort: 4001, rtcpMux: true }, direction: 'recvonly' }),
  update({ remote: { address: '::1', port: 4000, rtcpMux: false }, relock: false }),
  update({ codecs: [codec, { payloadType: 0, name: 'PCMU', clockRate: 8000 }], dtmfPayloadType: 101, relock: true }),
  update({ codecs: [], dtmfPayloadType: null, timeoutMs: 86_400_000 }),
  join({
    payloadMapAtoB: [
      [0, 0],
      [101, 96],
    ],
  }),
  { verb: 'closeSession', sessionId: 's' },
];
for (const command of asOctets) {
  test(`comes through octets as it was: ${JSON.stringify(command)}`, () => {
    assert.deepEqual(afterTheWire(command), { ok: true, epoch: 7, command });
  });
}

const asJson: unknown[] = [
  { verb: 'ping' },
  { verb: 'split', streamId: 'a' },
  { verb: 'closeSession', sessionId: 'søster' },
  { verb: 'closeSession', sessionId: 's'.repeat(256) },
  { verb: 'closeSession' },
  open({ kind: 'smell' }),
  open({ dscp: 256 }),
  open({ timeoutMs: 1.5 }),
  update({ remote: { address: '::1', port: 65_536 } }),
  update({ direction: 'sideways' }),
  update({ codecs: [{ ...codec, channels: 0 }] }),
  update({ codecs: Array.from({ length: 65 }, () => codec) }),
  join({ payloadMapAtoB: [[-1, 0]] }),
];
for (const command of asJson) {
  test(`is left to JSON: ${JSON.stringify(command).slice(0, 100)}`, () => {
    assert.equal(encodeToldFrame(command as MediaCommand, 7), null);
  });
}

const refused: unknown[] = [
  { verb: 'closeSession', sessionId: '' },
  { verb: 'closeSession', sessionId: 's'.repeat(129) },
  open({ streamId: '' }),
  open({ address: '' }),
  open({ address: 'x'.repeat(65) }),
  open({ dscp: 64 }),
  open({ transportId: '' }),
  open({ timeoutMs: 86_400_001 }),
  update({ remote: { address: '::1', port: 0 } }),
  update({ remote: { address: '::1', port: 1, rtcpPort: 0 } }),
  update({ codecs: [{ ...codec, payloadType: 128 }] }),
  update({ codecs: [{ ...codec, clockRate: 1_000_001 }] }),
  update({ codecs: [{ ...codec, name: '' }] }),
  update({ dtmfPayloadType: 128 }),
  join({ payloadMapBtoA: [[0, 255]] }),
];
for (const command of refused) {
  test(`refused as its JSON would be: ${JSON.stringify(command).slice(0, 100)}`, () => {
    assert.equal(checkCommandFrame({ t: 'command', key: 'k', epoch: 1, command }).ok, false);
    assert.equal(afterTheWire(command)?.ok, false);
  });
}

test('a frame that is cut short anywhere, or too long, or of noise, is refused and never thrown at', () => {
  for (const command of asOctets) {
    const frame = encodeToldFrame(command as MediaCommand, 7) as Uint8Array;
    const body = frame.subarray(4);
    for (let length = 1; length < body.length; length++)
      assert.equal(decodeToldFrame(body.subarray(0, length)).ok, false, `${JSON.stringify(command)} at ${length}`);
    assert.equal(decodeToldFrame(Uint8Array.of(...body, 0)).ok, false);
    for (let at = 1; at < body.length; at++) {
      const noisy = body.slice();
      noisy[at] = 255 - (noisy[at] as number);
      decodeToldFrame(noisy);
    }
  }
  assert.equal(decodeToldFrame(Uint8Array.of(toldMark, 200, 0, 0, 0, 0, 0, 0, 0, 0)).ok, false);
});

test('an epoch that is none is refused', () => {
  for (const epoch of [Number.NaN, -1, 1.5, 2 ** 60, Number.POSITIVE_INFINITY])
    assert.equal(afterTheWire({ verb: 'closeSession', sessionId: 's' }, epoch)?.ok, false, String(epoch));
});
