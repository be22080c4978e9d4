import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkCommandFrame } from './check-command.ts';

const frame = (command: unknown, rest: object = {}) => ({ t: 'command', key: 'k', epoch: 1, command, ...rest });
const open = (stream: object) => ({
  verb: 'openSession',
  sessionId: 's',
  callId: 'c',
  streams: [{ streamId: 'a', kind: 'audio', ...stream }],
});
const play = (source: unknown) => ({ verb: 'play', streamId: 'a', playId: 'p', source, loop: false });

const good: unknown[] = [
  { verb: 'hello', versionRange: { min: 1, max: 1 }, role: 'control' },
  open({ address: '10.0.0.1', dscp: 46, timeoutMs: 0 }),
  open({ somethingNew: true }),
  { verb: 'updateStream', streamId: 'a', dtmfPayloadType: null, remote: { address: '::1', port: 4000, rtcpMux: true } },
  {
    verb: 'join',
    a: 'a',
    b: 'b',
    payloadMapAtoB: [
      [0, 0],
      [101, 96],
    ],
    payloadMapBtoA: [],
  },
  play({ kind: 'tone', hz: 1004, levelDbm0: -10 }),
  play({ kind: 'prompt', names: ['1', '2'] }),
  { verb: 'sendDtmf', streamId: 'a', digits: '12,#A' },
  { verb: 'state', eventsSince: { s: 4 } },
];
for (const command of good) {
  test(`accepted: ${JSON.stringify(command)}`, () => assert.equal(checkCommandFrame(frame(command)).ok, true));
}

const bad: [command: unknown, where: RegExp][] = [
  [null, /command\.verb/],
  [{ verb: 'openSession', sessionId: 's', callId: 'c' }, /command\.streams/],
  [open({ dscp: 64 }), /command\.streams\[0\]\.dscp/],
  [open({ kind: 'smell' }), /streams\[0\]\.kind/],
  [{ verb: 'updateStream', streamId: 'a', remote: { address: '::1', port: 70_000 } }, /remote\.port/],
  [
    { verb: 'updateStream', streamId: 'a', codecs: [{ payloadType: 128, name: 'X', clockRate: 1 }] },
    /codecs\[0\]\.payloadType/,
  ],
  [{ verb: 'join', a: 'a', b: 'b', payloadMapAtoB: [[0]], payloadMapBtoA: [] }, /payloadMapAtoB\[0\]/],
  [play({ kind: 'tone', hz: Number.NaN, levelDbm0: -10 }), /source\.hz/],
  [play({ kind: '__proto__' }), /source\.kind/],
  [{ verb: 'sendDtmf', streamId: 'a', digits: '1x' }, /digits/],
  [{ verb: 'closeSession', sessionId: '' }, /sessionId/],
];
for (const [command, where] of bad) {
  test(`refused: ${JSON.stringify(command)}`, () => {
    const checked = checkCommandFrame(frame(command));
    assert.ok(!checked.ok);
    assert.equal(checked.key, 'k');
    assert.equal(checked.error.code, 'bad-command');
    assert.match(checked.error.detail, where);
  });
}

test('names of Object.prototype are no verbs, and a broken envelope is told', () => {
  for (const verb of ['toString', '__proto__', 'constructor']) {
    const checked = checkCommandFrame(frame(JSON.parse(`{"verb":"${verb}"}`)));
    assert.ok(!checked.ok && checked.error.code === 'unknown-verb', verb);
  }
  for (const [value, detail] of [
    [frame({ verb: 'ping' }, { epoch: -1 }), /epoch/],
    [frame({ verb: 'ping' }, { key: '' }), /key/],
    [frame({ verb: 'ping' }, { t: 'reply' }), /t:/],
    ['ping', /object/],
  ] as const) {
    const checked = checkCommandFrame(value);
    assert.ok(!checked.ok);
    assert.match(checked.error.detail, detail);
  }
});
