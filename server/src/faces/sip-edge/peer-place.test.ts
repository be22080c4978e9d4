/** Where a peer is, as its messages show it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Flow, parseNameAddr } from '@ringdown/sip';
import { scene } from './edge-scene.test.ts';
import { isBehindNat, placeOfTarget } from './peer-place.ts';

const remote = { family: 4, address: '192.0.2.20', port: 5060 } as const;
const flow = (kind: Flow['kind']) => ({ kind, reliable: kind !== 'udp', remote }) as Flow;

const contacts: readonly [contact: string, kind: Flow['kind'], isHidden: boolean][] = [
  ['<sip:a@192.0.2.20>', 'udp', false],
  ['<sip:a@192.0.2.20:5062>', 'udp', true],
  ['<sip:a@192.0.2.20:49152>', 'tcp', false],
  ['<sip:a@10.0.0.5>', 'udp', true],
  ['<sip:a@10.0.0.5>', 'tcp', true],
  ['<sip:a@phone.example>', 'udp', false],
];
for (const [contact, kind, isHidden] of contacts)
  test(`a Contact ${contact} from 192.0.2.20 by ${kind}: ${isHidden ? 'behind a NAT' : 'where it says'}`, () => {
    assert.equal(isBehindNat(parseNameAddr(contact), flow(kind)), isHidden);
  });

test('what comes by WebSocket is hidden, what comes by TLS is secure', () => {
  const kinds = ['udp', 'tls', 'ws', 'wss'] as const;
  const places = kinds.map((kind) => placeOfTarget({ kind, remote }, 'device'));
  assert.deepEqual(
    places.map(({ isHidden, isSecure }) => [isHidden, isSecure]),
    [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ],
  );
});

test('before it is dialled: a device by its binding, a trunk by its server where that is known without asking DNS', async () => {
  const { edge, tenant, trunkId, trunks, actor, bob } = await scene();
  bob.register();
  const place = (destination: NonNullable<Parameters<typeof edge.peerPlace>[0]['destination']>) =>
    edge.peerPlace({ legId: null, tenantId: tenant, destination });
  const contactUri = `sip:${bob.user}@${bob.host.name}`;
  const binding = { kind: 'binding', aor: '101@a.test', contactUri, path: [], flow: '' } as const;
  assert.deepEqual(place(binding), { address: '192.0.2.11', isSecure: false, isTrunk: false, isHidden: false });
  assert.equal(place({ ...binding, contactUri: 'sip:101@phone.example' }), null);
  assert.equal(place({ kind: 'trunk', trunkId, user: '1' })?.address, '192.0.2.50');
  const named = await trunks.addTrunk(actor, { name: 'named', host: 'carrier.example' });
  assert.equal(place({ kind: 'trunk', trunkId: named, user: '1' }), null);
});
