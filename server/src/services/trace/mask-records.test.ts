import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskSdpSecrets } from '@ringdown/sdp';
import { maskRecords } from './mask-records.ts';
import type { TraceEntry } from './trace-entry.ts';
import { decodeRecords, encodePlace } from './trace-record.ts';
import { callId, entriesOf, flowTo, legA } from './trace-scene.test.ts';
import { WaitingRecords } from './waiting-records.ts';

const flow = flowTo('192.0.2.10', 5062);
const place = encodePlace(flow);
const secret = 'Authorization: Digest username="101", response="s3cr3t"';

function entry(n: number, headers: readonly string[]): TraceEntry {
  const [made] = entriesOf([['<', n, flow, { start: 'INVITE 102', sipCallId: `${n}@a`, headers }]]);
  assert.ok(made);
  return { ...made, n, bytes: new Uint8Array(made.bytes) };
}

function pieceOf(secrets: readonly boolean[]): Buffer {
  const waiting = new WaitingRecords(1024 * 1024);
  waiting.bind({ sipCallId: '0@a', callId, legId: legA });
  for (const [n, isSecret] of secrets.entries()) waiting.add(entry(n, isSecret ? [secret] : []), place);
  const piece = waiting.take() ?? assert.fail();
  return piece.bytes.subarray(0, piece.end);
}

test('records without secrets go as they stand, in one part', () => {
  const bytes = pieceOf([false, false, false]);
  const { parts, records, end } = maskRecords(bytes, 0, maskSdpSecrets);
  assert.deepEqual([parts.length, records, end], [1, 4, bytes.length]);
  assert.equal(parts[0]?.buffer, bytes.buffer);
});

test('the others are masked and stand in their place', () => {
  const { parts } = maskRecords(pieceOf([true, false, true, true, false]), 0, maskSdpSecrets);
  const bytes = Buffer.concat(parts);
  assert.ok(!bytes.includes('s3cr3t'));
  const found = [...decodeRecords(bytes)];
  assert.equal(found.length, 6);
  const entries = found.flatMap((record) => (record.kind === 'entry' ? [record.entry] : []));
  assert.deepEqual(
    entries.map(({ n, bytes }) => [n, Buffer.from(bytes).includes('response="***"')]),
    [
      [0, true],
      [1, false],
      [2, true],
      [3, true],
      [4, false],
    ],
  );
});

test('no more than a bound is masked at once; the rest follows', () => {
  const bytes = pieceOf(Array.from({ length: 100 }, () => true));
  let records = 0;
  let rounds = 0;
  for (let start = 0; start < bytes.length; rounds += 1) {
    const part = maskRecords(bytes, start, maskSdpSecrets);
    records += part.records;
    start = part.end;
  }
  assert.deepEqual([records, rounds], [101, 3]);
});
