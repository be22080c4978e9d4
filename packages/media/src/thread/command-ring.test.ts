import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandRing } from './command-ring.ts';
import type { ThreadCommand } from './thread-message.ts';

const words = Int32Array.from({ length: 10 }, (_, index) => index * -1000);
const settings = {
  maySend: true,
  mayReceive: false,
  timeoutMs: 86_400_000,
  clockRate: 48_000,
  dtmfPayloadType: -1,
  comfortNoisePayloadType: 13,
  playPayloadType: 8,
  playLaw: 2,
};
const commands: readonly ThreadCommand[] = [
  { type: 'begin', record: 8191, cname: -1 },
  { type: 'settings', record: 1, settings },
  { type: 'take', record: 1, rtp: 16_383, rtcp: 0 },
  { type: 'remote', record: 1, remote: { words, mux: true }, relock: false },
  { type: 'remote', record: 1, remote: { words, mux: false }, relock: true },
  { type: 'remote', record: 1, remote: null, relock: true },
  {
    type: 'join',
    a: 1,
    b: 2,
    mapAtoB: [
      [0, 0],
      [127, 96],
    ],
    mapBtoA: [[96, 127]],
  },
  { type: 'join', a: 1, b: 2, mapAtoB: [], mapBtoA: [] },
  { type: 'split', record: 3 },
  { type: 'echo', record: 3, on: true },
  { type: 'play', record: 1, playId: 'p\u00e9\u{1f3b5}', source: { kind: 'prompt', names: ['a', 'b'] }, loop: true },
  { type: 'stopPlay', record: 1 },
  { type: 'dtmf', record: 1, digits: '12#', durationMs: 160, gapMs: 80 },
  { type: 'open', id: 2 ** 31 + 5, address: '::1', rtpPort: 30_000, dscp: 46 },
  { type: 'shut', id: 9, rtp: 1, rtcp: 2 },
  { type: 'close', id: 7, record: 1 },
];

function drained(ring: CommandRing): ThreadCommand[] {
  const found: ThreadCommand[] = [];
  ring.drain((command) => found.push(command));
  return found;
}

test('every command comes out as it went in, in order, at every place of the ring', () => {
  const written = CommandRing.create(1024);
  const read = new CommandRing(written.memory);
  for (let round = 0; round < 2000; round++) {
    for (const command of commands) assert.ok(written.push(command));
    assert.deepEqual(drained(read), commands);
  }
});

test('what does not fit waits, and nothing overtakes it', () => {
  const ring = CommandRing.create(256);
  const many = Array.from({ length: 200 }, (_, record): ThreadCommand => ({ type: 'split', record }));
  const fitted = many.filter((command) => ring.push(command)).length;
  assert.ok(fitted > 100 && fitted < 200, String(fitted));
  const first = drained(ring);
  assert.equal(ring.pushWaiting(), true);
  ring.push({ type: 'split', record: 200 });
  assert.deepEqual(
    [...first, ...drained(ring)].map((command) => command.type === 'split' && command.record),
    Array.from({ length: 201 }, (_, record) => record),
  );
});

test('a command that fails is not performed again', () => {
  const ring = CommandRing.create(256);
  ring.push({ type: 'split', record: 1 });
  ring.push({ type: 'split', record: 2 });
  assert.throws(() =>
    ring.drain(() => {
      throw new RangeError('broken');
    }),
  );
  assert.deepEqual(drained(ring), [{ type: 'split', record: 2 }]);
});
