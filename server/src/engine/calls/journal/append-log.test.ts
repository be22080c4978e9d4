import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { AppendLog, type AppendLogFault } from './append-log.ts';
import { decodeLog, encodeRecord, type JournalRecord } from './record.ts';

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
const call = (id: string, data: unknown = { n: 1 }): JournalRecord => ({
  kind: 'call',
  callId: id,
  data,
  isChange: false,
});
const onlySegment = () => join(folder, readdirSync(folder)[0] ?? '');

test('what was appended is read back in order by the next process', () => {
  const log = open();
  log.begin([]);
  assert.ok(log.append([call('call_a'), call('call_b', { text: 'Grüße' })]));
  assert.ok(log.append([{ kind: 'settled', callId: 'call_a', data: null, isChange: false }]));
  log.close();
  assert.deepEqual(open().read(), [
    call('call_a'),
    call('call_b', { text: 'Grüße' }),
    { kind: 'settled', callId: 'call_a', data: null, isChange: false },
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
  const bytes = encodeRecord(call('call_a', { secret: 1 }));
  bytes.writeUInt8(bytes.readUInt8(20) ^ 1, 20);
  assert.match(decodeLog(bytes).damage ?? '', /checksum/);
});

test('a record of a later schema is refused by name, not guessed at', () => {
  const log = open();
  log.begin([]);
  log.close();
  const bytes = encodeRecord(call('call_a'));
  const json = bytes.toString('utf8', 8).replace(/"v":\d+/, '"v":9');
  writeFileSync(onlySegment(), '');
  appendFileSync(onlySegment(), reframe(json));
  assert.deepEqual(open().read(), []);
  assert.match(faults[0]?.detail ?? '', /schema 9/);
});

test('a grown log is compacted to the live calls and the old segment is gone', () => {
  const log = open(200);
  log.begin([]);
  while (!log.isGrown) log.append([call('call_a')]);
  log.begin([call('call_a', { n: 2 })]);
  assert.equal(log.isGrown, false);
  assert.equal(readdirSync(folder).length, 1);
  log.close();
  assert.deepEqual(open().read(), [call('call_a', { n: 2 })]);
});

test('a new process never writes into the segment of an old one', () => {
  const first = open();
  first.begin([call('call_a')]);
  first.close();
  const second = open();
  second.begin(second.read());
  second.append([call('call_b')]);
  second.close();
  assert.deepEqual(
    open()
      .read()
      .map((record) => record.callId),
    ['call_a', 'call_b'],
  );
});

test('a full disk is reported once, leaves no half record behind, and the log goes on when there is room again', () => {
  let room = Number.POSITIVE_INFINITY;
  const write = (fd: number, bytes: Uint8Array, from: number): number => {
    const take = Math.min(room, bytes.length - from);
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

function reframe(json: string): Buffer {
  const record = encodeRecord(call('x'));
  const shell = JSON.parse(record.toString('utf8', 8)) as object;
  assert.ok('v' in shell);
  const body = Buffer.from(json);
  const framed = Buffer.alloc(8 + body.length);
  framed.writeUInt32LE(body.length, 0);
  body.copy(framed, 8);
  framed.writeUInt32LE(crcOf(body), 4);
  return framed;
}

function crcOf(body: Buffer): number {
  let crc = ~0;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
