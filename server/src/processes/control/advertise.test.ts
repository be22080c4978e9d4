import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Flow, SocketAddress } from '@ringdown/sip';
import { bootstrapSchema } from '#base/config';
import { createAddressing } from './advertise.ts';

const at = (address: string): SocketAddress => ({ family: address.includes(':') ? 6 : 4, address, port: 5060 });
const listener = (address: string) => ({ kind: 'udp', local: { ...at(address), port: 5070 } }) as const;

const rows: readonly [string, object, string, string, string, string][] = [
  ['nothing is advertised', {}, '10.0.0.5', '203.0.113.9', '10.0.0.5', '10.0.0.5'],
  [
    'outside, behind 1:1 NAT',
    { sip: { advertisedAddress: '198.51.100.7' } },
    '10.0.0.5',
    '203.0.113.9',
    '198.51.100.7',
    '198.51.100.7',
  ],
  ['a local network', { sip: { advertisedAddress: '198.51.100.7' } }, '10.0.0.5', '10.0.0.77', '10.0.0.5', '10.0.0.5'],
  [
    'another address for media',
    { sip: { advertisedAddress: '198.51.100.7' }, media: { advertisedAddress: '198.51.100.8' } },
    ...(['10.0.0.5', '203.0.113.9', '198.51.100.7', '198.51.100.8'] as const),
  ],
  [
    'media alone',
    { media: { advertisedAddress: '198.51.100.8' } },
    '10.0.0.5',
    '203.0.113.9',
    '10.0.0.5',
    '198.51.100.8',
  ],
  [
    'a network that was declared local',
    { sip: { advertisedAddress: '198.51.100.7', localNetworks: ['203.0.113.0/24'] } },
    ...(['10.0.0.5', '203.0.113.9', '10.0.0.5', '10.0.0.5'] as const),
  ],
  [
    'the other family',
    { sip: { advertisedAddress: '198.51.100.7' } },
    '2001:db8::5',
    '2001:db8:1::9',
    '2001:db8::5',
    '2001:db8::5',
  ],
];
for (const [what, settings, own, remote, signalling, media] of rows)
  test(`addresses: ${what}`, () => {
    const { advertise, mediaAddress } = createAddressing(bootstrapSchema.parse(settings));
    const advertised = advertise(at(remote), listener(own));
    assert.deepEqual(advertised, { host: signalling, port: 5070 });
    const flow = { remote: at(remote), advertised } as Flow;
    assert.equal(mediaAddress(flow), media);
  });

test('a listener on every address answers with the one of the interface that leads there', () => {
  const { advertise } = createAddressing(bootstrapSchema.parse({}));
  assert.equal(advertise(at('127.0.0.1'), listener('0.0.0.0')).host, '127.0.0.1');
});
