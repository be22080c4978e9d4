/** REFER in a call (RFC 3515), both sides: answered, reported on, and over once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildResponse,
  EventAgent,
  formatSipfrag,
  IncomingRefer,
  parseReferredBy,
  parseSipfrag,
  type ReferOptions,
  readRefer,
  referToReplacing,
  sendRefer,
} from '@ringdown/sip';
import { connectedPhones, SeededRandom, textBody, type VirtualPhone } from '@ringdown/testkit';

function eventsOf(phone: VirtualPhone): EventAgent {
  return new EventAgent({ ...phone.agent.options, random: new SeededRandom(3), packages: ['refer'] });
}

/** `a` refers, `b` is referred. */
function referring() {
  const scene = connectedPhones();
  const { a, b, clock } = scene;
  const [asking, asked] = [eventsOf(a), eventsOf(b)];
  const sessions = { a: a.session ?? assert.fail(), b: b.session ?? assert.fail() };
  const heard: string[] = [];
  const refers: IncomingRefer[] = [];
  const over: string[] = [];
  a.onOther = (transaction) => {
    if (!asking.receiveIn(sessions.a, transaction)) transaction.respond(buildResponse(transaction.request, 481));
  };
  b.onOther = (transaction) => {
    if (asked.receiveIn(sessions.b, transaction)) return;
    const { session } = { session: sessions.b };
    const refer = IncomingRefer.take(transaction, { events: asked, session, onOver: () => void over.push('over') });
    if (refer !== undefined) refers.push(refer);
  };
  const refer = (options: Partial<ReferOptions> = {}) =>
    sendRefer(asking, sessions.a, {
      options: { to: 'sip:c@192.0.2.3', ...options },
      user: {
        onProgress: ({ status, reason }) => void heard.push(`${status} ${reason}`),
        onOutcome: ({ why, status }) => void heard.push(`${why} ${status ?? '-'}`),
      },
    });
  const last = () => refers.at(-1) ?? assert.fail('no REFER has come');
  return { ...scene, sessions, heard, refers, over, refer, last, pass: (ms = 100) => clock.advance(ms) };
}

test('RFC 3515 §2.4: accepted, reported on, and done: the call goes on until somebody hangs up', () => {
  const { refer, last, heard, over, pass, sessions } = referring();
  assert.ok(refer({ referredBy: '<sip:a@192.0.2.1>' }));
  pass();
  const { referTo, referredBy, request, wantsReports } = last();
  assert.deepEqual(
    [referTo.target, referredBy?.address.uriText, wantsReports],
    ['sip:c@192.0.2.3', 'sip:a@192.0.2.1', true],
  );
  assert.match(request.header('Contact') ?? '', /^<sip:/);
  last().accept();
  pass();
  last().progress(180);
  pass();
  last().finish(200);
  pass();
  assert.deepEqual(heard, ['100 Trying', '180 Ringing', 'done 200']);
  assert.deepEqual(over, ['over']);
  assert.deepEqual([sessions.a.phase, sessions.b.phase], ['confirmed', 'confirmed']);
});

test('RFC 5057 §4: BYE ends the call, and the reports go on in its dialog until the last', () => {
  for (const who of ['a', 'b'] as const) {
    const { refer, last, heard, pass, sessions, a, b } = referring();
    refer();
    pass();
    last().accept();
    pass();
    sessions[who].end();
    pass();
    assert.deepEqual([sessions.a.phase, sessions.b.phase], ['ended', 'ended']);
    assert.deepEqual([a.agent.sessionCount, b.agent.sessionCount], [1, 1]);
    last().progress(180);
    pass();
    last().finish(486);
    pass();
    assert.deepEqual(heard, ['100 Trying', '180 Ringing', 'done 486']);
    assert.deepEqual([a.agent.sessionCount, b.agent.sessionCount], [0, 0], 'then the dialog is forgotten');
  }
});

test('RFC 5057 §5.1: a NOTIFY that meets 481 ends the reports, not the call', () => {
  const { refer, last, over, pass, sessions, a } = referring();
  refer();
  pass();
  a.onOther = (transaction) => transaction.respond(buildResponse(transaction.request, 481));
  last().accept();
  pass(1_000);
  assert.deepEqual([over, sessions.a.phase, sessions.b.phase], [['over'], 'confirmed', 'confirmed']);
  last().finish(200);
});

test('RFC 3515 §2.4.6: several that come faster than they are acknowledged: the last is told', () => {
  const { refer, last, heard, pass } = referring();
  refer();
  pass();
  last().accept();
  last().progress(180);
  last().progress(183);
  last().finish(200);
  pass(500);
  assert.equal(heard.at(-1), 'done 200');
});

test('refused: the asker hears it once, and no NOTIFY follows', () => {
  const { refer, last, heard, over, pass } = referring();
  refer();
  pass();
  assert.deepEqual([last().refuse(603), last().refuse(403), last().accept()], [true, false, false]);
  last().finish(200);
  pass();
  assert.deepEqual([heard, over], [['refused 603'], ['over']]);
});

test('RFC 4488: none of the reports are wanted, and none come', () => {
  const { refer, last, heard, over, pass } = referring();
  refer({ wantsReports: false });
  pass();
  assert.equal(last().wantsReports, false);
  last().accept();
  last().finish(200);
  pass(40_000);
  assert.deepEqual([heard, over], [['unknown -'], ['over']]);
});

test('RFC 6665 §4.1.2.4: accepted, and nothing more is heard: unknown after timer N', () => {
  const { refer, heard, pass, b, sessions } = referring();
  b.onOther = (transaction) => transaction.respond(buildResponse(transaction.request, 202));
  refer();
  pass(33_000);
  assert.deepEqual([heard, sessions.a.phase], [['unknown -'], 'confirmed']);
});

test('two after the other: each is told of its own by the number of its REFER', () => {
  const { refer, refers, last, heard, pass } = referring();
  refer();
  pass();
  last().accept();
  pass();
  refer();
  pass();
  last().accept();
  pass();
  refers[1]?.finish(200);
  refers[0]?.finish(486);
  pass();
  assert.deepEqual(heard, ['100 Trying', '100 Trying', 'done 200', 'done 486']);
});

test('in no call there is no REFER', () => {
  const { refer, heard, sessions, pass } = referring();
  sessions.a.end();
  pass();
  assert.equal(refer(), false);
  assert.deepEqual(heard, []);
});

test('RFC 5589 §7.3: the Refer-To of an attended transfer names the other call as its far side knows it', () => {
  const { sessions, refer, last, pass } = referring();
  const to = referToReplacing('sip:c@192.0.2.3?x=1', sessions.a) ?? assert.fail();
  refer({ to });
  pass();
  const { callId, localTag, remoteTag } = sessions.a.dialogId ?? assert.fail();
  assert.deepEqual(last().referTo.replaces, { callId, toTag: remoteTag, fromTag: localTag, isEarlyOnly: false });
  assert.equal(last().referTo.target, 'sip:c@192.0.2.3');
});

const headerFaults: readonly [what: string, headers: readonly [string, string][], status: number][] = [
  ['no Refer-To', [], 400],
  [
    'two Refer-To',
    [
      ['Refer-To', '<sip:a@b>'],
      ['Refer-To', '<sip:c@d>'],
    ],
    400,
  ],
  ['a malformed one', [['Refer-To', '<sip:a@b']], 400],
  ['a Replaces that cannot be read', [['Refer-To', '<sip:a@b?Replaces=x>']], 400],
  ['another scheme', [['Refer-To', '<mailto:a@b>']], 416],
  [
    'Refer-Sub: perhaps',
    [
      ['Refer-To', '<sip:a@b>'],
      ['Refer-Sub', 'perhaps'],
    ],
    400,
  ],
  [
    'a malformed Referred-By',
    [
      ['Refer-To', '<sip:a@b>'],
      ['Referred-By', '<sip:'],
    ],
    400,
  ],
  [
    'a malformed Target-Dialog',
    [
      ['Refer-To', '<sip:a@b>'],
      ['Target-Dialog', 'x'],
    ],
    400,
  ],
];
for (const [what, headers, status] of headerFaults)
  test(`RFC 3515 §2.4.2: ${what} is refused`, () => {
    const { sessions, pass, refers } = referring();
    const answers: (number | undefined)[] = [];
    sessions.a.request('REFER', { headers, onFinal: (response) => void answers.push(response?.status) });
    pass();
    assert.deepEqual([answers, refers.length], [[status], 0]);
    assert.equal(sessions.a.phase, 'confirmed');
  });

test('RFC 7614 §4, RFC 4538: `nosub` wants no reports; Target-Dialog is read', () => {
  const { sessions, pass, last } = referring();
  const headers: [string, string][] = [
    ['Refer-To', '<sip:a@b>'],
    ['Target-Dialog', 'x@y;local-tag=1;remote-tag=2'],
    ['Refer-Sub', 'true'],
  ];
  sessions.a.request('REFER', { headers });
  pass();
  assert.deepEqual(last().targetDialog, { callId: 'x@y', localTag: '1', remoteTag: '2' });
  const read = readRefer(last().request);
  assert.ok('wantsReports' in read && read.wantsReports);
});

test('RFC 3420: the status line of a fragment', () => {
  const type = 'message/sipfrag;version=2.0';
  const table: readonly [text: string, type: string, said: string | undefined][] = [
    ['SIP/2.0 180 Ringing\r\n', type, '180 Ringing'],
    ['SIP/2.0 200 OK\r\nContact: <sip:a@b>\r\n', type, '200 OK'],
    ['SIP/2.0 486 ', type, '486 '],
    ['SIP/2.0 100 Trying', 'message/SIPfrag', '100 Trying'],
    ['Contact: <sip:a@b>\r\n', type, undefined],
    ['SIP/2.0 99 x\r\n', type, undefined],
    ['SIP/2.0 180 Ringing\r\n', 'text/plain', undefined],
    ['', type, undefined],
    ['A'.repeat(100_000), type, undefined],
  ];
  for (const [text, of, said] of table) {
    const read = parseSipfrag(textBody(text, of));
    assert.equal(read === undefined ? undefined : `${read.status} ${read.reason}`, said, text.slice(0, 40));
  }
  assert.equal(new TextDecoder().decode(formatSipfrag(486, 'no\r\nEvil: x').bytes), 'SIP/2.0 486 no??Evil: x\r\n');
  assert.deepEqual(parseSipfrag(formatSipfrag(603)), { status: 603, reason: 'Decline' });
});

test('RFC 3892 §3: Referred-By, with the token that proves it named', () => {
  const read = parseReferredBy('"Ada" <sip:ada@a.test>;cid="20398823.2UWQFN309shb3@a.test"');
  assert.deepEqual([read?.address.uriText, read?.cid], ['sip:ada@a.test', '20398823.2UWQFN309shb3@a.test']);
  assert.equal(parseReferredBy('<sip:'), undefined);
});
