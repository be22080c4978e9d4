/** Header rules and habits at work: messages as the peer sent them and as they were understood, and as they were to be sent and went. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { SipRequest } from '@ringdown/sip';
import { textOf } from '@ringdown/testkit';
import { type HeaderRule, parseHeaderRule } from '#services/directory';
import { usualCallerId } from '#services/trunks';
import { Dialects } from './dialects.ts';
import { bodyOf, dial, type Scene, scene, sdpOf } from './edge-scene.test.ts';
import { quirks } from './quirks.ts';

const carrierAddress = '192.0.2.50';

const rulesOf = (...lines: string[]): HeaderRule[] =>
  lines.map((line) => {
    const rule = parseHeaderRule(line);
    assert.ok(typeof rule !== 'string', String(rule));
    return rule;
  });

const ofTrunk = (made: Scene, ...lines: string[]) =>
  made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, headerRules: rulesOf(...lines) });

const sentTo = (made: Scene, start: string): string =>
  made.network.trace
    .sent('edge')
    .map(textOf)
    .find((text) => text.startsWith(start)) ?? assert.fail(`no ${start}`);

test("a trunk's rules: a header more, one less, and another caller, in every request of the call; the dialog holds", async () => {
  const made = await scene();
  await ofTrunk(made, 'out add X-Carrier: gold', 'out remove User-Agent', 'out rewrite From.user 00* +$1');
  const carrier = made.peer(carrierAddress, 'us', 'their secret');
  const from = { displayName: 'A', user: '004930', host: 'a.test' };
  const legId = dial(made, { kind: 'trunk', trunkId: made.trunkId, user: '1' }, { from });
  const { invited } = carrier;
  assert.deepEqual(
    [invited?.header('X-Carrier'), invited?.header('User-Agent'), invited?.from.uriText],
    ['gold', undefined, `sip:+4930@${carrierAddress}`],
  );
  carrier.session?.accept(bodyOf(sdpOf(5000, carrierAddress)));
  made.clock.advance(100);
  assert.match(sentTo(made, 'ACK'), /^X-Carrier: gold$/m);
  made.edge.perform({ type: 'end', legId, cause: { code: 'normal-clearing' } as never });
  made.clock.advance(100);
  const bye = sentTo(made, 'BYE');
  assert.match(bye, /^X-Carrier: gold$/m);
  assert.doesNotMatch(bye, /^User-Agent/m);
  assert.match(bye, /^From: "A" <sip:\+4930@/m);
  assert.equal(carrier.end?.why, 'hung-up', 'its dialog was found');
});

test('what a trunk says is read by its rules, and its responses bear them', async () => {
  const made = await scene();
  await ofTrunk(
    made,
    'in rewrite From.user 0049* +49$1',
    'in remove Subject',
    'in set Alert-Info: <urn:alert:source:external>',
    'out set Server: PBX',
    'out remove User-Agent',
  );
  const carrier = made.peer(carrierAddress, '0049177');
  carrier.call('+4930123', {
    from: '<sip:0049177@x>',
    headers: [
      ['Subject', 'spam'],
      ['Call-Info', '<http://x>'],
    ],
  });
  made.clock.advance(100);
  const [call] = made.incoming;
  assert.equal(call?.from.user, '+49177');
  assert.deepEqual(call?.crossing.headers, [
    ['Alert-Info', '<urn:alert:source:external>'],
    ['Call-Info', '<http://x>'],
  ]);
  made.edge.perform({ type: 'ring', legId: call.legId, status: 180, description: null });
  made.clock.advance(100);
  assert.deepEqual([carrier.last?.header('Server'), carrier.last?.header('User-Agent')], ['PBX', undefined]);
  assert.equal(carrier.last?.from.uriText, 'sip:0049177@x', 'the dialog is as the peer began it');
});

test("a phone's rules are its own, and those of no other", async () => {
  const made = await scene();
  const headerRules = rulesOf('out add X-Phone: mine');
  await made.directory.updateDevice(made.actor, { device: made.two.device, headerRules });
  made.ada.register();
  made.bob.register();
  for (const [peer, aor, deviceId] of [
    [made.bob, '101@a.test', made.two.device],
    [made.ada, '100@a.test', made.one.device],
  ] as const) {
    const [binding] = made.registrar.lookup(made.tenant, aor);
    assert.ok(binding);
    const { contact: contactUri, path, flow } = binding;
    dial(made, { kind: 'binding', aor, contactUri, path, flow: String(flow?.id ?? ''), deviceId });
    assert.equal(peer.invited?.header('X-Phone'), peer === made.bob ? 'mine' : undefined);
  }
});

test('a rule that would break a call is refused, and nothing is stored', async () => {
  const made = await scene();
  const evil = { direction: 'out', does: 'set', header: 'Via', value: 'x' } as const;
  const code = async (change: Promise<unknown>) =>
    ((await change.catch((error: unknown) => error)) as { code: string }).code;
  const trunk = { trunk: made.trunkId, headerRules: [evil] };
  assert.equal(await code(made.trunks.updateTrunk(made.actor, trunk)), 'trunks.invalid-input');
  const device = { device: made.two.device, headerRules: [{ ...evil, header: 'X', value: 'a\r\nb' }] };
  assert.equal(await code(made.directory.updateDevice(made.actor, device)), 'directory.invalid-input');
  assert.equal(made.trunks.views.get(made.tenant, made.trunkId)?.body.headerRules, undefined);
});

test('REGISTER and OPTIONS to a trunk bear its rules', async () => {
  const made = await scene();
  await ofTrunk(made, 'out add X-Carrier: gold');
  made.peer(carrierAddress, 'us');
  const signalling = made.edge.trunkSignalling(() => undefined);
  const trunk = made.trunks.views.get(made.tenant, made.trunkId) ?? assert.fail();
  signalling.register(trunk);
  signalling.sendOptions(trunk, () => undefined);
  made.clock.advance(100);
  for (const method of ['REGISTER', 'OPTIONS']) assert.match(sentTo(made, method), /^X-Carrier: gold$/m);
});

// ---- habits: message in, message as understood; message as meant, message as sent ---------------------------------------------------

/** Bob is one of those, and is called with these headers. */
async function calledAs(userAgent: string, headers: [string, string][], contact?: string) {
  const made = await scene();
  const named: [string, string][] = contact === undefined ? [] : [['Contact', contact]];
  made.bob.register([...named, ['User-Agent', userAgent]]);
  const [binding] = made.registrar.lookup(made.tenant, '101@a.test');
  assert.ok(binding);
  const { contact: contactUri, path, flow } = binding;
  const to = { kind: 'binding', aor: '101@a.test', contactUri, path, flow: String(flow?.id ?? '') } as const;
  dial(made, to, { crossing: { maxForwards: 70, headers } });
  return made.bob.invited ?? assert.fail('not called');
}

const sent: readonly [who: string, meant: [string, string][], header: string, value: string | undefined][] = [
  [
    'Yealink SIP-T46S 66.85',
    [['Call-Info', '<http://x>;answer-after=0']],
    'Alert-Info',
    '<http://127.0.0.1>;info=alert-autoanswer;delay=0',
  ],
  [
    'Aastra 6731i/3.3',
    [['Call-Info', '<http://x>; answer-after = 5']],
    'Alert-Info',
    '<http://127.0.0.1>;info=alert-autoanswer;delay=5',
  ],
  ['snom821/8.7', [['Call-Info', '<http://x>;answer-after=0']], 'Alert-Info', undefined],
  [
    'Yealink SIP-T46S 66.85',
    [['Alert-Info', '<urn:alert:source:internal>']],
    'Alert-Info',
    '<http://127.0.0.1>;info=internal',
  ],
  [
    'Grandstream GXP2130 1.0',
    [['Alert-Info', '<urn:alert:priority:high>']],
    'Alert-Info',
    '<http://127.0.0.1>;info=priority',
  ],
  ['Linphone/3.12', [['Alert-Info', '<urn:alert:source:internal>']], 'Alert-Info', '<urn:alert:source:internal>'],
];

for (const [who, meant, header, value] of sent) {
  test(`to ${who}: ${meant.map((row) => row.join(': ')).join()} goes as ${header}: ${value}`, async () => {
    assert.equal((await calledAs(who, meant)).header(header), value);
  });
}

test('to OKI: a Contact without a user is called with one', async () => {
  assert.equal((await calledAs('OKI VoIP/1.0', [], '<sip:192.0.2.11>')).uri, 'sip:101@192.0.2.11');
  assert.equal((await calledAs('other', [], '<sip:192.0.2.11>')).uri, 'sip:192.0.2.11');
});

const parties: readonly [who: string, headers: [string, string][], user: string][] = [
  [
    'FreeSWITCH-mod_sofia/1.10',
    [['Remote-Party-ID', '"Far" <sip:+49177@f>;party=calling;screen=yes;privacy=off']],
    '+49177',
  ],
  ['Asterisk PBX 18', [['Remote-Party-ID', '<sip:+49177@f>;privacy=full']], 'anonymous'],
  [
    'FreeSWITCH',
    [
      ['Remote-Party-ID', '<sip:+49177@f>'],
      ['P-Asserted-Identity', '<sip:+49188@f>'],
    ],
    '+49188',
  ],
  ['FreeSWITCH', [['Remote-Party-ID', '<sip:+49177@f>;party=called']], 'x'],
  ['Kamailio', [['Remote-Party-ID', '<sip:+49177@f>']], 'x'],
];

for (const [who, headers, user] of parties) {
  test(`from ${who} with ${headers.map((row) => row.join(': ')).join(' | ')}: ${user} calls`, async () => {
    const made = await scene();
    const callerId = { ...usualCallerId, trusted: true };
    await made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, callerId });
    made
      .peer(carrierAddress, 'x')
      .call('+4930123', { from: '<sip:x@192.0.2.50>', headers: [['User-Agent', who], ...headers] });
    made.clock.advance(100);
    assert.equal(made.incoming[0]?.from.user, user);
  });
}

test('from a Linksys: G729a is G729; from others it is what it says', async () => {
  for (const [who, name] of [
    ['Linksys/PAP2T-3.1.15(LS)', 'G729/8000'],
    ['other', 'G729a/8000'],
  ] as const) {
    const made = await scene();
    const sdp = sdpOf(4000).replace('AVP 0', 'AVP 18 0').concat('a=rtpmap:18 G729a/8000\r\n');
    made.ada.call('101', { headers: [['User-Agent', who]], body: bodyOf(sdp) });
    made.clock.advance(100);
    const lines = made.incoming[0]?.offer?.media[0]?.lines.map(({ value }) => value);
    assert.ok(lines?.includes(`rtpmap:18 ${name}`), String(lines));
  }
});

test('who has no rules and no habits has no dialect', async () => {
  const made = await scene();
  made.bob.register([['User-Agent', 'Linphone/3.12']]);
  made.ada.call('101', { headers: [['User-Agent', 'Linphone/3.12']] });
  made.clock.advance(100);
  const dialects = new Dialects({ directory: made.directory.views, trunks: made.trunks, registrar: made.registrar });
  const peer = { tenantId: made.tenant, deviceId: made.one.device };
  const [binding] = made.registrar.lookup(made.tenant, '101@a.test');
  assert.equal(dialects.ofCalled(peer, { aor: '101@a.test', contactUri: binding?.contact ?? '' }), null);
  assert.equal(dialects.ofCalled({ tenantId: made.tenant, trunkId: made.trunkId }, null), null);
  const invite = { header: () => 'Linphone/3.12' } as unknown as SipRequest;
  assert.equal(dialects.ofSender(invite, peer), null);
});

test('every row of the table says who, what, and where that is written; its guide has them all', () => {
  const guide = readFileSync(new URL('../../../../docs/guides/dialects.md', import.meta.url), 'utf8');
  for (const { name, habit, done, source, tried } of quirks) {
    assert.ok(habit !== '' && done !== '' && source.length > 20, name);
    const row = guide.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? assert.fail(`no row ${name}`);
    assert.match(row, tried ? /\| yes \|$/ : /\| no \|$/, name);
  }
});
