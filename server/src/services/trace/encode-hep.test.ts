import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeHep } from './encode-hep.ts';
import type { TraceEntry } from './trace-entry.ts';

const entry: TraceEntry = {
  n: 1,
  direction: 'in',
  utcMs: 1_700_000_000_123,
  monotonicMs: 0,
  flow: { kind: 'udp', local: { address: '192.0.2.1', port: 5060 }, remote: { address: '198.51.100.7', port: 5062 } },
  sipCallId: 'c1',
  bytes: Buffer.from('BYE'),
  failure: null,
};
const six = { local: { address: 'fe80::1%eth0', port: 5061 }, remote: { address: '2001:db8::7', port: 40_000 } };

/** Chunk by chunk: vendor, type, length, value. */
const rows: readonly (readonly [
  title: string,
  entry: TraceEntry,
  key: string | undefined,
  chunks: readonly string[],
])[] = [
  [
    'UDP over IPv4, coming in',
    entry,
    undefined,
    [
      '0000 0001 0007 02',
      '0000 0002 0007 11',
      '0000 0003 000a c6336407',
      '0000 0004 000a c0000201',
      '0000 0007 0008 13c6',
      '0000 0008 0008 13c4',
      '0000 0009 000a 6553f100',
      '0000 000a 000a 0001e078',
      '0000 000b 0007 01',
      '0000 000c 000a 00000065',
      '0000 0011 0008 6331',
      '0000 000f 0009 425945',
    ],
  ],
  [
    'TLS over IPv6, going out, with a key',
    { ...entry, direction: 'out', flow: { kind: 'tls', ...six } },
    'k',
    [
      '0000 0001 0007 0a',
      '0000 0002 0007 06',
      '0000 0005 0016 fe800000000000000000000000000001',
      '0000 0006 0016 20010db8000000000000000000000007',
      '0000 0007 0008 13c5',
      '0000 0008 0008 9c40',
      '0000 0009 000a 6553f100',
      '0000 000a 000a 0001e078',
      '0000 000b 0007 01',
      '0000 000c 000a 00000065',
      '0000 000e 0007 6b',
      '0000 0011 0008 6331',
      '0000 000f 0009 425945',
    ],
  ],
];

for (const [title, traced, key, chunks] of rows) {
  test(`HEP3: ${title}`, () => {
    const packet = encodeHep(traced, { agentId: 101, ...(key === undefined ? {} : { key }) });
    const body = chunks.join('').replaceAll(' ', '');
    const length = (6 + body.length / 2).toString(16).padStart(4, '0');
    assert.equal(Buffer.from(packet).toString('hex'), `48455033${length}${body}`);
  });
}

test('HEP3: a message as large as SIP allows still fits one datagram', () => {
  const packet = encodeHep({ ...entry, bytes: new Uint8Array(200_000), sipCallId: 'x'.repeat(9000) }, { agentId: 1 });
  assert.ok(packet.length < 65_507);
  assert.equal(Buffer.from(packet).readUInt16BE(4), packet.length);
});
