/** Who is shown to whom (RFC 3323, RFC 3325): users, phones and trunks that are trusted and that are not, callers who hide, and what the record says of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipRequest } from '@ringdown/sip';
import { cdrFromCall } from '#services/cdr';
import { type TrunkCallerId, usualCallerId } from '#services/trunks';
import { bodyOf, type Peer, sdpOf } from '../edge-scene.test.ts';
import { type CallScene, callScene } from './call-scene.test.ts';

type Headers = readonly (readonly [string, string])[];
const nobody = '<sip:anonymous@anonymous.invalid>';

/** Ada's number is +4930123; the carrier has the prefix 0. */
async function outside(callerId: Partial<TrunkCallerId> = {}) {
  const calls = await callScene();
  const { made } = calls;
  await made.trunks.addRoute(made.actor, { trunk: made.trunkId, prefix: '0' });
  await made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, callerId: { ...usualCallerId, ...callerId } });
  const carrier = made.peer('192.0.2.50', 'carrier');
  return { calls, carrier, ...calls };
}

const fromOf = (request: SipRequest | null): string => request?.header('From')?.replace(/;tag=.*/, '') ?? '';
const told = (request: SipRequest | null) => [
  fromOf(request),
  request?.headers('P-Asserted-Identity').join(),
  request?.header('Privacy'),
];

function over(calls: CallScene, hangUp: Peer) {
  hangUp.session?.end();
  calls.assertOver();
  return cdrFromCall(calls.ended.at(-1) ?? assert.fail());
}

// ---- from a user to a phone -----------------------------------------------------------------------------------------------------------

const toPhone: readonly [what: string, from: string | undefined, headers: Headers, shown: string][] = [
  ['nothing is asked for: as the caller says', undefined, [], '"Ada" <sip:100@a.test>'],
  ['RFC 3325 §7: Privacy: id', undefined, [['Privacy', 'id']], `"Anonymous" ${nobody}`],
  ['RFC 3323 §4.2: Privacy: user', undefined, [['Privacy', 'user;critical']], `"Anonymous" ${nobody}`],
  ['RFC 3323 §4.1.1.3: an anonymous From alone', `"Anonymous" ${nobody}`, [], `"Anonymous" ${nobody}`],
  [
    'RFC 3325 §6: an anonymous From with the own address preferred',
    nobody,
    [
      ['P-Preferred-Identity', '<sip:100@a.test>'],
      ['Privacy', 'none'],
    ],
    '<sip:100@a.test>',
  ],
  [
    'Privacy: header, which a B2BUA keeps to with every call',
    undefined,
    [['Privacy', 'header']],
    '"Ada" <sip:100@a.test>',
  ],
  ['Privacy: none', undefined, [['Privacy', 'none']], '"Ada" <sip:100@a.test>'],
  ['an own number preferred', undefined, [['P-Preferred-Identity', '"A" <tel:+4930123>']], '"A" <sip:+4930123@a.test>'],
  [
    'the number of somebody else preferred',
    undefined,
    [['P-Preferred-Identity', '<tel:+4930999>']],
    '"Ada" <sip:100@a.test>',
  ],
  [
    'the address of somebody else preferred',
    undefined,
    [['P-Preferred-Identity', '<sip:101@a.test>']],
    '"Ada" <sip:100@a.test>',
  ],
  [
    'RFC 3325 §5: asserted by the user itself',
    undefined,
    [['P-Asserted-Identity', '<sip:boss@a.test>']],
    '"Ada" <sip:100@a.test>',
  ],
];
for (const [what, from, headers, shown] of toPhone)
  test(`a phone is shown: ${what}`, async () => {
    const calls = await callScene();
    calls.ada.call('101', { headers, ...(from === undefined ? {} : { from }) });
    calls.advance();
    assert.deepEqual(told(calls.bob.invited), [shown, '', undefined]);
    assert.equal(calls.bob.invited?.header('P-Preferred-Identity'), undefined);
    const { from: presented, caller } = over(calls, calls.ada);
    assert.equal(presented.user, /sip:([^@]*)/.exec(shown)?.[1]);
    if (headers.length === 0 && from === undefined) assert.equal(caller, null);
    else if (caller !== null) assert.equal(caller?.isAsserted, true);
    if (shown.includes('invalid')) assert.equal(caller?.party.user, '100');
  });

test('RFC 3323 §4.2 user: what the caller says of itself beside its name stays here as well', async () => {
  const calls = await callScene();
  const words: Headers = [
    ['Subject', 'It is me'],
    ['Reply-To', '<sip:100@a.test>'],
    ['Call-Info', '<http://a.test/ada.png>;purpose=icon'],
    ['Priority', 'urgent'],
  ];
  calls.ada.call('101', { headers: [...words, ['Privacy', 'user']] });
  calls.advance();
  assert.deepEqual(
    words.map(([name]) => calls.bob.invited?.header(name)),
    [undefined, undefined, undefined, 'urgent'],
  );
  over(calls, calls.ada);
});

test('RFC 3323 §5: what nobody here can do, and the caller cannot do without, is 500', async () => {
  const calls = await callScene();
  calls.ada.call('101', { headers: [['Privacy', 'cloak;critical']] });
  calls.advance();
  assert.deepEqual([calls.ada.take(), calls.bob.invited], [['over rejected 500'], null]);
  calls.ada.call('101', { headers: [['Privacy', 'cloak']] });
  calls.advance();
  assert.equal(fromOf(calls.bob.invited), '"Ada" <sip:100@a.test>');
  over(calls, calls.ada);
});

test('an anonymous From opens nothing to who has no password', async () => {
  const { made, bob } = await callScene();
  const stranger = made.peer('192.0.2.77', '100', 'wrong');
  const asked = { method: 'INVITE', uri: 'sip:101@a.test', from: nobody, body: bodyOf(sdpOf(4000)) };
  assert.equal(stranger.ask(asked).status, 401);
  assert.equal(bob.invited, null);
});

test('RFC 3323 §4.2 session: media of a caller who hides where it is goes through us', async () => {
  const calls = await callScene({ path: 'direct' });
  calls.ada.call('101', { headers: [['Privacy', 'session']] });
  calls.advance();
  assert.notEqual(calls.call.media.state, 'direct');
  over(calls, calls.ada);
});

test('a phone with the setting is told by P-Asserted-Identity who calls and who answers, but of nobody who hides', async () => {
  const calls = await callScene();
  const { made, ada, bob } = calls;
  for (const { device } of [made.one, made.two])
    await made.directory.updateDevice(made.actor, { device, assertedIdentity: true });
  await made.directory.updateUser(made.actor, { user: made.two.user, displayName: 'Bob' });
  ada.call('101');
  calls.advance();
  assert.equal(bob.invited?.header('P-Asserted-Identity'), '"Ada" <sip:100@a.test>');
  bob.accept();
  calls.advance();
  assert.equal(ada.last?.header('P-Asserted-Identity'), '"Bob" <sip:101@a.test>');
  ada.session?.end();
  calls.advance();
  ada.call('101', { headers: [['Privacy', 'id']] });
  calls.advance();
  assert.deepEqual(told(bob.invited), [`"Anonymous" ${nobody}`, '', undefined]);
  bob.session?.accept(bob.say(['m=audio 4000 RTP/AVP 0']), [['Privacy', 'id']]);
  calls.advance();
  assert.equal(ada.last?.header('P-Asserted-Identity'), undefined, 'RFC 3323 §4.2: the callee hides, too');
  ada.session?.end();
  calls.assertOver(2);
});

// ---- to a trunk ------------------------------------------------------------------------------------------------------------------------

const ada = '<sip:+4930123@192.0.2.50>';
const toTrunk: readonly [what: string, setting: Partial<TrunkCallerId>, headers: Headers, told: unknown[]][] = [
  ['not trusted: the public number of the user, in From alone', {}, [], [`"Ada" ${ada}`, '', undefined]],
  ['trusted: asserted as well', { trusted: true }, [], [`"Ada" ${ada}`, '"Ada" <sip:+4930123@a.test>', undefined]],
  ['not trusted, and the caller hides', {}, [['Privacy', 'id']], [`"Anonymous" ${nobody}`, '', 'id']],
  [
    'RFC 3325 §7: trusted, and the caller hides: it is told who, and not to say so',
    { trusted: true },
    [['Privacy', 'id;critical']],
    [`"Anonymous" ${nobody}`, '"Ada" <sip:+4930123@a.test>', 'id;critical'],
  ],
  ['Privacy: none stands', {}, [['Privacy', 'none']], [`"Ada" ${ada}`, '', 'none']],
  [
    'the number in P-Asserted-Identity, the account in From',
    { to: 'pai' },
    [],
    ['<sip:us@192.0.2.50>', '"Ada" <sip:+4930123@a.test>', undefined],
  ],
  [
    'so, and the caller hides from a trunk that is not trusted',
    { to: 'pai' },
    [['Privacy', 'id']],
    [`"Anonymous" ${nobody}`, '', 'id'],
  ],
  ['without the plus', { format: 'no-plus' }, [], ['"Ada" <sip:4930123@192.0.2.50>', '', undefined]],
];
for (const [what, setting, headers, expected] of toTrunk)
  test(`a trunk is told: ${what}`, async () => {
    const { calls, carrier } = await outside(setting);
    calls.ada.call('0891', { headers });
    calls.advance();
    assert.deepEqual(told(carrier.invited), expected);
    over(calls, calls.ada);
  });

test('who has no public number is shown with the main number of the trunk, written with a plus; without one by its extension', async () => {
  const { calls, carrier, bob, made } = await outside({ mainNumber: '004930100', format: 'plus' });
  bob.call('0891', { from: '<sip:101@a.test>' });
  calls.advance();
  assert.equal(fromOf(carrier.invited), '<sip:+4930100@192.0.2.50>');
  bob.session?.end();
  calls.advance();
  await made.trunks.updateTrunk(made.actor, { trunk: made.trunkId, callerId: { ...usualCallerId, format: 'plus' } });
  bob.call('0891', { from: '<sip:101@a.test>' });
  calls.advance();
  assert.equal(fromOf(carrier.invited), '<sip:101@192.0.2.50>');
  bob.session?.end();
  calls.assertOver(2);
});

// ---- from a trunk ----------------------------------------------------------------------------------------------------------------------

const far = '<sip:+49177@carrier.test>';
const fromTrunk: readonly [
  what: string,
  setting: Partial<TrunkCallerId>,
  from: string,
  headers: Headers,
  shown: string,
  caller: unknown,
][] = [
  [
    'RFC 3325 §5: what it asserts counts for nothing where it is not trusted',
    {},
    '<sip:x@192.0.2.50>',
    [['P-Asserted-Identity', far]],
    'x',
    null,
  ],
  [
    'trusted: whom it asserts',
    { trusted: true },
    '<sip:x@192.0.2.50>',
    [['P-Asserted-Identity', far]],
    '+49177',
    ['+49177', true, []],
  ],
  [
    'trusted: a telephone address',
    { trusted: true },
    '<sip:x@192.0.2.50>',
    [['P-Asserted-Identity', '<tel:+49-177>']],
    '+49177',
    ['+49177', true, []],
  ],
  ['trusted, with nothing asserted', { trusted: true }, '<sip:x@192.0.2.50>', [], 'x', null],
  [
    'trusted, but From is to count',
    { trusted: true, from: 'from' },
    '<sip:x@192.0.2.50>',
    [['P-Asserted-Identity', far]],
    'x',
    ['x', true, []],
  ],
  [
    'RFC 3325 §7: trusted, and the caller hides',
    { trusted: true },
    nobody,
    [
      ['P-Asserted-Identity', far],
      ['Privacy', 'id'],
    ],
    'anonymous',
    ['+49177', true, ['id']],
  ],
  [
    'an anonymous From hides whom it asserts',
    { trusted: true },
    nobody,
    [['P-Asserted-Identity', far]],
    'anonymous',
    ['+49177', true, ['id']],
  ],
  [
    'not trusted, and its From says what is to be hidden',
    {},
    far,
    [['Privacy', 'id']],
    'anonymous',
    ['+49177', false, ['id']],
  ],
  [
    'Remote-Party-ID, where it is to count',
    { trusted: true, from: 'rpid' },
    '<sip:x@192.0.2.50>',
    [['Remote-Party-ID', `${far};party=calling`]],
    '+49177',
    ['+49177', true, []],
  ],
  [
    'Remote-Party-ID with privacy',
    { trusted: true, from: 'rpid' },
    '<sip:x@192.0.2.50>',
    [['Remote-Party-ID', `${far};privacy=full`]],
    'anonymous',
    ['+49177', true, ['id']],
  ],
  [
    'Remote-Party-ID of who is called',
    { trusted: true, from: 'rpid' },
    '<sip:x@192.0.2.50>',
    [['Remote-Party-ID', `${far};party=called`]],
    'x',
    null,
  ],
  [
    'Remote-Party-ID, where nothing says that it counts',
    { trusted: true },
    '<sip:x@192.0.2.50>',
    [['Remote-Party-ID', far]],
    'x',
    null,
  ],
];
for (const [what, setting, from, headers, shown, caller] of fromTrunk)
  test(`from a trunk: ${what}`, async () => {
    const { calls, carrier } = await outside(setting);
    carrier.call('+4930123', { from, headers });
    calls.advance();
    const { invited } = calls.ada;
    assert.ok(invited);
    assert.equal(/sip:([^@]*)@/.exec(fromOf(invited))?.[1], shown);
    assert.deepEqual(
      ['P-Asserted-Identity', 'Remote-Party-ID', 'Privacy'].map((name) => invited.header(name)),
      [undefined, undefined, undefined],
    );
    const record = over(calls, carrier);
    const known = record.caller;
    assert.deepEqual(known == null ? null : [known.party.user, known.isAsserted, known.privacy], caller);
    assert.equal(record.from.user, shown);
  });

test('RFC 3325 §9.1: a trusted trunk is told who has answered its call', async () => {
  const { calls, carrier } = await outside({ trusted: true });
  carrier.call('+4930123', { from: far });
  calls.advance();
  calls.ada.accept();
  calls.advance();
  assert.equal(carrier.last?.header('P-Asserted-Identity'), '"Ada" <sip:100@a.test>');
  carrier.session?.end();
  calls.assertOver();
});

test('forwarded from a trusted trunk to another: whom the first asserts, to the second as its settings say', async () => {
  const { calls, carrier, made } = await outside({ trusted: true });
  const second = await made.trunks.addTrunk(made.actor, { name: 'second', host: '192.0.2.60' });
  await made.directory.addNumber(made.actor, {
    digits: '+4930777',
    kind: 'external',
    destination: { to: 'trunk', trunk: second },
    forwardsOutside: true,
  });
  const next = made.peer('192.0.2.60', 'next');
  carrier.call('+4930777', { from: '<sip:x@192.0.2.50>', headers: [['P-Asserted-Identity', far]] });
  calls.advance();
  assert.deepEqual(told(next.invited), ['<sip:+49177@192.0.2.60>', '', undefined]);
  carrier.session?.end();
  calls.assertOver();
});
