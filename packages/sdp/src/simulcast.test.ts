import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerSimulcast,
  formatRid,
  formatSimulcast,
  mediaRids,
  mediaSimulcast,
  readRid,
  readSimulcast,
} from './index.ts';
import { lineOf } from './sdp-lines.test.ts';

const rids: readonly string[] = [
  '1 send',
  'hi_res-2 recv pt=96,97',
  'a send pt=96;max-width=1280;max-height=720;max-fps=30',
  'b send max-br=64000;depend=a;future',
];

for (const value of rids) {
  test(`RFC 8851 §10: a=rid:${value} is read and written`, () => {
    const read = readRid(value);
    assert.ok(read);
    assert.equal(formatRid(read), value);
  });
}

for (const bad of [
  '',
  '1',
  '1 both',
  '1.2 send',
  'a send pt=x',
  'a send pt=128',
  'a send max-br=1;max-br=2',
  'a send ;',
]) {
  test(`RFC 8851 §10: a=rid:${bad} is malformed`, () => assert.equal(readRid(bad), null));
}

test('RFC 8851 §4: an id counts once', () => {
  const line = lineOf('a=rid:1 send pt=96;max-width=640', 'a=rid:1 recv', 'a=rid:2 recv');
  assert.deepEqual(mediaRids(line), [
    { id: '1', direction: 'send', payloadTypes: [96], restrictions: new Map([['max-width', '640']]) },
    { id: '2', direction: 'recv', payloadTypes: [], restrictions: new Map() },
  ]);
});

for (const value of ['send 1;~2', 'recv 1,~2;3', 'send a,b;c recv d', 'send 1 recv ~2,3']) {
  test(`RFC 8853 §5.1: a=simulcast:${value} is read and written`, () => {
    const read = readSimulcast(value);
    assert.ok(read);
    assert.equal(formatSimulcast(read), value);
  });
}

for (const bad of [
  '',
  'send',
  '1;2',
  'send 1 send 2',
  'send 1;1',
  'send 1;',
  'send 1 recv',
  'both 1',
  'send 1 recv 2 send 3',
  'send ~~1',
]) {
  test(`RFC 8853 §5.1: a=simulcast:${bad} is malformed`, () => assert.equal(readSimulcast(bad), null));
}

test('RFC 8853 §5.3.2: the answer turns round what it takes, of streams that have an a=rid', () => {
  const offered = lineOf(
    'a=rid:1 send',
    'a=rid:2 send',
    'a=rid:3 send',
    'a=rid:4 recv',
    'a=simulcast:send 1,~2;3;9 recv 4',
  );
  assert.deepEqual(mediaSimulcast(offered)?.send[0], [
    { rid: '1', isPaused: false },
    { rid: '2', isPaused: true },
  ]);
  const answer = answerSimulcast(offered, (rid) => rid !== '3');
  assert.equal(answer && formatSimulcast(answer), 'send 4 recv 1,~2');
  assert.equal(
    answerSimulcast(offered, () => false),
    null,
  );
  assert.equal(
    answerSimulcast(lineOf(), () => true),
    null,
  );
});
