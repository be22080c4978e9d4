/** What we write, read by tshark, which nobody here wrote. Skipped, and said so, where there is none. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { encodePcap } from './index.ts';
import { encodeUdpPacket } from './ip-packet.ts';
import { entriesOf, flowTo, sdp, startUtcMs } from './trace-scene.test.ts';

const hasTshark = spawnSync('tshark', ['--version']).status === 0;
const skip = hasTshark ? false : 'no tshark here';

/** Rows of the asked fields; checksums are checked. */
function read(pcap: Uint8Array, fields: readonly string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), 'ringdown-pcap-'));
  try {
    const file = join(folder, 'call.pcap');
    writeFileSync(file, pcap);
    const checks = ['-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE'];
    const wanted = fields.flatMap((field) => ['-e', field]);
    const args = ['-r', file, '-n', ...checks, '-T', 'fields', '-E', 'separator=/t', ...wanted];
    const run = spawnSync('tshark', args, { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } });
    assert.equal(run.status, 0, run.stderr);
    return run.stdout
      .replace(/\n$/, '')
      .split('\n')
      .map((line) => line.split('\t'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const entries = entriesOf([
  ['<', 0, flowTo('192.0.2.10', 5062), { start: 'INVITE 102', sipCallId: 'one@a', body: sdp() }],
  [
    '>',
    7,
    flowTo('2001:db8::9', 5060, 'tcp'),
    { start: 'INVITE 103', sipCallId: 'two@r', body: `${sdp()}a=x:odd\r\n` },
  ],
  ['<', 1500, flowTo('2001:db8::9', 5060, 'tcp'), { start: '486 Busy Here INVITE', sipCallId: 'two@r' }],
]);

test('tshark reads messages, addresses, times and right checksums, IPv4 and IPv6', { skip }, () => {
  const fields = ['frame.time_epoch', 'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'udp.srcport', 'udp.dstport'];
  const checksums = ['ip.checksum.status', 'udp.checksum.status'];
  const sip = ['sip.Method', 'sip.Status-Code', 'sip.Call-ID', 'sdp.media'];
  const rows = read(encodePcap(entries), [...fields, ...checksums, ...sip]);
  const at = (ms: number) =>
    `${Math.floor((startUtcMs + ms) / 1000)}.${String((startUtcMs + ms) % 1000).padStart(3, '0')}000000`;
  const media = 'audio 4000 RTP/AVP 0 8 101';
  assert.deepEqual(rows, [
    [at(0), '192.0.2.10', '192.0.2.1', '', '', '5062', '5060', '1', '1', 'INVITE', '', 'one@a', media],
    [at(7), '', '', '2001:db8::1', '2001:db8::9', '5060', '5060', '', '1', 'INVITE', '', 'two@r', media],
    [at(1500), '', '', '2001:db8::9', '2001:db8::1', '5060', '5060', '', '1', '', '486', 'two@r', ''],
  ]);
});

test('a message larger than a datagram is cut, and the file stays readable', { skip }, () => {
  const [first, , last] = entries;
  assert.ok(first && last);
  const large = { ...first, bytes: Buffer.concat([first.bytes, Buffer.alloc(100_000, 'x')]) };
  const rows = read(encodePcap([large, last]), ['frame.len', 'udp.checksum.status', 'ipv6.src']);
  assert.deepEqual(rows, [
    ['65535', '1', ''],
    [String(40 + 8 + last.bytes.length), '1', '2001:db8::9'],
  ]);
});

test('an address that is none becomes the unspecified one instead of a broken packet', () => {
  const packet = encodeUdpPacket(
    { address: 'nonsense', port: 1 },
    { address: '192.0.2.1', port: 2 },
    new Uint8Array(1),
  );
  assert.equal(Buffer.from(packet.subarray(12, 20)).toString('hex'), '00000000c0000201');
});
