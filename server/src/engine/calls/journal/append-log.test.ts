import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { AppendLog, type AppendLogFault } from './append-log.ts';
import { decodeLog, encodeRecord, type WrittenRecord } from './record.ts';

let folder = '';
let faults: AppendLogFault[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringdown-journal-'));
  faults = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (segmentBytes?: number) =>
  new AppendLog({
    folder,
    onFault: (fault) => faults.push(fault),
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
const call = (callId: string, value: unknown = 1): WrittenRecord => ({ kind: 'call', callId, rows: [0, [value]] });
const callIdOf = (record: object): unknown => ('callId' in record ? record.callId : null);
const onlySegment = () => join(folder, readdirSync(folder)[0] ?? '');

test('what was appended is read back in order by the next process', () => {
  const log = open();
  log.begin([]);
  assert.ok(log.append([call('call_a'), call('call_b', 'Grüße')]));
  assert.ok(log.append([{ kind: 'settled', callIds: ['call_a', 'call_c'] }]));
  log.close();
  assert.deepEqual(open().read(), [
    call('call_a'),
    call('call_b', 'Grüße'),
    { kind: 'settled', callIds: ['call_a', 'call_c'] },
  ]);
  assert.deepEqual(faults, []);
});

test('a torn last record is cut off and reported; those before it stand', () => {
  const log = open();
  log.begin([call('call_a')]);
  log.append([call('call_b')]);
  log.close();
  const size = readFileSync(onlySegment()).length;
  for (const lost of [1, 5, encodeRecord(call('call_b')).length - 1]) {
    truncateSync(onlySegment(), size - lost);
    faults = [];
    assert.deepEqual(open().read(), [call('call_a')]);
    assert.equal(faults[0]?.kind, 'damage');
  }
});

test('what could not be read whole is put aside, not deleted, when a fresh segment is begun', () => {
  const log = open();
  log.begin([call('call_a'), call('call_b')]);
  log.close();
  const name = readdirSync(folder)[0] ?? '';
  truncateSync(onlySegment(), readFileSync(onlySegment()).length - 1);
  const next = open();
  assert.equal(next.read().length, 1);
  next.begin([]);
  assert.deepEqual(readdirSync(folder).sort(), [`${name}.damaged`, 'calls-000002.log']);
  assert.deepEqual(open().read(), []);
});

test('a flipped bit is found by the checksum', () => {
  const bytes = encodeRecord(call('call_a', 'secret'));
  bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
  assert.match(decodeLog(bytes).damage ?? '', /checksum/);
});

test('a record of a later schema is refused by name, not guessed at', () => {
  const log = open();
  log.begin([]);
  log.close();
  const later = Buffer.from(encodeRecord(call('call_a')).subarray(8));
  later.writeUInt8(9, 0);
  writeFileSync(onlySegment(), reframed(later));
  assert.deepEqual(open().read(), []);
  assert.match(faults[0]?.detail ?? '', /schema 9/);
});

test('a grown log is compacted to the live calls and the old segment is gone', () => {
  const log = open(200);
  log.begin([]);
  while (!log.isGrown) log.append([call('call_a')]);
  log.begin([call('call_a', 2)]);
  assert.equal(log.isGrown, false);
  assert.equal(readdirSync(folder).length, 1);
  log.close();
  assert.deepEqual(open().read(), [call('call_a', 2)]);
});

test('a new process never writes into the segment of an old one', () => {
  const first = open();
  first.begin([call('call_a')]);
  first.close();
  const second = open();
  second.begin(second.read() as WrittenRecord[]);
  second.append([call('call_b')]);
  second.close();
  assert.deepEqual(open().read().map(callIdOf), ['call_a', 'call_b']);
});

test('a full disk is reported once, leaves no half record behind, and the log goes on when there is room again', () => {
  let room = Number.POSITIVE_INFINITY;
  const write = (fd: number, bytes: Uint8Array, from: number, length: number): number => {
    const take = Math.min(room, length);
    if (take === 0) throw Object.assign(new RangeError('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    room -= take;
    return writeSync(fd, bytes, from, take);
  };
  const log = new AppendLog({ folder, onFault: (fault) => faults.push(fault), write });
  log.begin([call('call_a')]);
  room = 10;
  assert.equal(log.append([call('call_b')]), false);
  assert.equal(log.append([call('call_b')]), false);
  assert.deepEqual(
    faults.map((fault) => fault.kind),
    ['write'],
  );
  room = Number.POSITIVE_INFINITY;
  assert.equal(log.append([call('call_c')]), true);
  log.close();
  assert.deepEqual(open().read(), [call('call_a'), call('call_c')]);
});

test('a record of schema 2, and one whose octets are no values, are refused', () => {
  const old = Buffer.from(JSON.stringify({ v: 2, k: 'call', id: 'call_a', d: {} }));
  assert.match(decodeLog(reframed(old)).damage ?? '', /schema 2; this version reads 3 and 4/);
  const broken = Buffer.from(encodeRecord(call('call_a')).subarray(8));
  broken.writeUInt8(99, 1);
  assert.match(decodeLog(reframed(broken)).damage ?? '', /holds no values/);
});

function reframed(body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(body.length, 0);
  header.writeUInt32LE(crc32(body), 4);
  return Buffer.concat([header, body]);
}
