import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TraceEntry } from './trace-entry.ts';
import {
  decodeRecord,
  decodeRecords,
  encodeBinding,
  encodeEntry,
  encodePlace,
  recordLength,
  roomFor,
  roomForBinding,
} from './trace-record.ts';
import { callId, entriesOf, flowTo, legA } from './trace-scene.test.ts';

const [plain] = entriesOf([['<', 5.25, flowTo('192.0.2.10', 5062), { start: 'INVITE 102', sipCallId: 'one@a' }]]);
assert.ok(plain);

function encoded(entry: TraceEntry, start = 0): Buffer {
  const place = encodePlace(entry.flow);
  const bytes = Buffer.alloc(start + roomFor(entry, place), 0xaa);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return bytes.subarray(0, encodeEntry({ bytes, view }, start, entry, place));
}

const rows: readonly (readonly [what: string, entry: TraceEntry])[] = [
  ['a message', { ...plain, bytes: new Uint8Array(plain.bytes) }],
  ['one that was sent, over TLS and IPv6', { ...plain, direction: 'out', flow: flowTo('fe80::1%eth0', 5061, 'tls') }],
  ['a send that failed', { ...plain, bytes: new Uint8Array(0), failure: { code: 'tls', detail: 'expired, façade' } }],
  ['a failure without words', { ...plain, failure: { code: 'io', detail: '' } }],
  ['any octets', { ...plain, bytes: Uint8Array.from({ length: 256 }, (_, i) => i) }],
  ['a Call-ID that is no ASCII', { ...plain, sipCallId: 'é日本@a' }],
  ['no Call-ID', { ...plain, sipCallId: '' }],
];
for (const [what, entry] of rows)
  test(`${what} comes back as it was`, () => {
    const record = encoded(entry, 7).subarray(7);
    assert.equal(recordLength(record, 0), record.length);
    assert.deepEqual(decodeRecord(record), { kind: 'entry', entry: { ...entry, bytes: new Uint8Array(entry.bytes) } });
  });

test('a binding comes back as it was', () => {
  const leg = { sipCallId: 'one "quoted"@a', callId, legId: legA };
  const bytes = Buffer.alloc(roomForBinding(leg), 0xaa);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const record = bytes.subarray(0, encodeBinding({ bytes, view }, 0, leg));
  assert.deepEqual(decodeRecord(record), { kind: 'binding', leg });
});

test('records of a kind that is not known are passed over; what is no record ends them', () => {
  const later = encoded(plain);
  later[12] = 9;
  const shorter = Buffer.from(encoded(plain));
  shorter.writeUInt32LE(39, 0);
  const longer = Buffer.from(encoded(plain));
  longer.writeUInt32LE(0xffff_ffff, 0);
  for (const broken of [shorter, longer, Buffer.alloc(40), Buffer.alloc(3)]) {
    const all = Buffer.concat([encoded(plain), later, encoded(plain), broken, encoded(plain)]);
    assert.equal([...decodeRecords(all)].length, 2);
  }
});
