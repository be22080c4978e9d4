/** What carriers, and users by way of carriers, may write into numbers, names, challenges and registrations: nothing of it breaks out of its place, and nothing throws. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '@ringdown/testkit';
import { dial, edgeAddress, scene, udpTo } from './edge-scene.test.ts';

const carrierAddress = '192.0.2.50';

const numbers: readonly [dialled: string, uri: string][] = [
  ['0049\r\nX-Evil: 1', `sip:0049%0D%0AX-Evil%3A%201@${carrierAddress}`],
  ['0049@evil.test;x', `sip:0049%40evil.test;x@${carrierAddress}`],
  ['0049 SIP/2.0', `sip:0049%20SIP/2.0@${carrierAddress}`],
  ['\0\udcff', `sip:%00%FF@${carrierAddress}`],
  ['+49*72#', `sip:+49*72%23@${carrierAddress}`],
  ['<sip:x@y>', `sip:%3Csip%3Ax%40y%3E@${carrierAddress}`],
];

for (const [user, uri] of numbers) {
  test(`RFC 3261 §19.1.2: what was dialled stays the user of the URI: ${JSON.stringify(user)}`, async () => {
    const made = await scene();
    const carrier = made.peer(carrierAddress, 'us', 'their secret');
    dial(made, { kind: 'trunk', trunkId: made.trunkId, user });
    assert.equal(carrier.invited?.uri, uri);
    assert.equal(carrier.invited?.header('X-Evil'), undefined);
  });
}

const callers: readonly [from: string, name: string, shown: string][] = [
  ['sip:%00%ff@x', 'a\\\0b', '"ab" <sip:%00%FF@a.test>'],
  ['sip:%0d%0aX-Evil:1@x', 'plain', '"plain" <sip:%0D%0AX-Evil@a.test>'],
  ['sip:a%22b@x', '\\"q\\\\', '"\\"q\\\\" <sip:a%22b@a.test>'],
];

for (const [from, name, shown] of callers) {
  test(`a carrier's caller "${name}" <${from}> is shown to the phone that rings`, async () => {
    const made = await scene();
    const carrier = made.peer(carrierAddress, 'them');
    made.bob.register();
    carrier.user = from.slice(4, from.indexOf('@'));
    carrier.agent.invite(
      {
        uri: `sip:+4930123@${edgeAddress}`,
        from: `"${name}" <${from}>`,
        to: '<sip:+4930123@x>',
        target: udpTo(edgeAddress),
        body: null,
      },
      carrier,
    );
    made.clock.advance(100);
    const [call] = made.incoming;
    assert.ok(call, `${carrier.end?.status}`);
    const [binding] = made.registrar.lookup(made.tenant, '101@a.test');
    assert.ok(binding);
    const { contact, path, flow } = binding;
    const to = { kind: 'binding', aor: '101@a.test', contactUri: contact, path, flow: String(flow?.id ?? '') } as const;
    dial(made, to, { from: { ...call.from, host: 'a.test' } });
    assert.equal(made.bob.invited?.header('From')?.replace(/;tag=.*/, ''), shown);
  });
}

test('a challenge of control characters is answered, or the call fails; it does not hang', async () => {
  for (const realm of ['r\\\0', 'r\\\x07\\"', '\xff']) {
    const made = await scene();
    const { network, clock } = made;
    const host = network.host('carrier', carrierAddress).listen('udp');
    const seen: string[] = [];
    host.onMessage = (bytes, flow) => {
      const text = Buffer.from(bytes).toString('latin1');
      seen.push(text.slice(0, text.indexOf(' ')));
      if (!text.startsWith('INVITE')) return;
      const rows = text.split('\r\n').filter((row) => /^(?:Via|From|To|Call-ID|CSeq): /.test(row));
      const answer = [
        'SIP/2.0 401 No',
        ...rows,
        `WWW-Authenticate: Digest realm="${realm}", nonce="\\\0", opaque="\\\x01"`,
      ];
      host.send(Buffer.from(`${answer.join('\r\n').replace(/^To: .*/m, '$&;tag=t')}\r\n\r\n`, 'latin1'), flow, null);
    };
    dial(made, { kind: 'trunk', trunkId: made.trunkId, user: '1' });
    clock.advance(40_000);
    assert.deepEqual(seen, ['INVITE', 'ACK', 'INVITE', 'ACK'], JSON.stringify(realm));
    assert.deepEqual(made.types(), ['ended']);
    assert.equal(made.edge.legCount, 0);
  }
});

test('RFC 3261 §10.3: a registration of control characters is refused, or given back as it came', async () => {
  const rows: readonly [string, string, number][] = [
    ['Contact', '<sip:100@192.0.2.10>;+sip.instance="<urn:\\\0>"', 200],
    ['Contact', '<sip:1 0@x>', 400],
    ['Contact', '<http://a/\\\0>', 400],
    ['Contact', '<sip:100@192.0.2.10>;q="\\\0"', 400],
    ['Path', '<sip:a b;lr>', 400],
    ['Path', '"\\\x01" <sip:192.0.2.10;lr>', 200],
    ['User-Agent', '\x1b[2Jphone', 200],
  ];
  for (const [name, value, status] of rows) {
    const { ada, network } = await scene();
    const contact: [string, string] = ['Contact', '<sip:100@192.0.2.10>'];
    const response = ada.register(name === 'Contact' ? [[name, value]] : [contact, [name, value]]);
    assert.equal(response.status, status, `${name}: ${JSON.stringify(value)} ${response.reason}`);
    for (const entry of network.trace.sent('edge')) assert.doesNotMatch(textOf(entry), /[^\\]\0/);
  }
});
