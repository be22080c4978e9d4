import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EndCause, type EndCauseCode, endCause, endCauses } from '#engine/calls';
import type { CdrSummary } from '#services/cdr';
import { explain } from './index.ts';
import { callOf, entriesOf, flowTo, type Row, type Sketch, sdp } from './trace-scene.test.ts';

const a = flowTo('192.0.2.10', 5062);
const b = flowTo('198.51.100.7', 5060);
const call = (start: string, more: Partial<Sketch> = {}): Sketch => ({ start, sipCallId: 'one@a', ...more });
const leg = (start: string, more: Partial<Sketch> = {}): Sketch => ({ start, sipCallId: 'two@r', ...more });

function cdrOf(cause: EndCause, more: Partial<CdrSummary> = {}): CdrSummary {
  const faults = { nobody: 'nobody', caller: 'the caller (101)', callee: 'the callee (102)', us: 'this server' };
  return {
    from: { displayName: '', user: '101', host: 'a.test' },
    to: { displayName: '', user: '102', host: 'a.test' },
    startUtcMs: 1_000_000,
    answerUtcMs: null,
    ringMs: 30_000,
    talkMs: 0,
    totalMs: 31_000,
    cause,
    faultOf: { ...faults, upstream: 'the trunk or the far server', unknown: 'not known' }[cause.fault],
    ...more,
  } as CdrSummary;
}

const challenge = (...algorithms: string[]) =>
  algorithms.map((name) => `WWW-Authenticate: Digest realm="a.test", nonce="n", qop="auth", algorithm=${name}`);
const credentials = (realm = 'a.test') => [
  `Authorization: Digest username="101", realm="${realm}", nonce="n", uri="sip:a.test", response="x"`,
];
const baresip = ['User-Agent: baresip v1.0.0 (x86_64/linux)'];

const noCall: readonly (readonly [title: string, rows: readonly Row[], code: string, text: RegExp])[] = [
  [
    'a phone that knows MD5 only gave up after a SHA-256 challenge',
    [
      ['<', 0, a, call('INVITE 102', { headers: baresip, body: sdp() })],
      ['>', 1, a, call('401 Unauthorized INVITE', { headers: challenge('SHA-256') })],
      ['<', 2, a, call('ACK 102', { headers: baresip })],
    ],
    'md5-only-phone',
    /192\.0\.2\.10:5062 \(baresip v1\.0\.0 .*challenged with SHA-256 and gave up.*MD5 only.*Fault: the phone\..*challenge of this device to md5/,
  ],
  [
    'SHA-256 first and MD5 second is still too much for it',
    [
      ['<', 0, a, call('REGISTER 101', { headers: baresip })],
      ['>', 1, a, call('401 Unauthorized REGISTER', { headers: challenge('SHA-256', 'MD5') })],
    ],
    'md5-only-phone',
    /SHA-256, then MD5.*further REGISTER/,
  ],
  [
    'a phone without a password',
    [
      ['<', 0, a, call('INVITE 102')],
      [
        '>',
        1,
        a,
        call('407 Proxy Authentication Required INVITE', {
          headers: ['Proxy-Authenticate: Digest realm="a.test", nonce="n"'],
        }),
      ],
      ['<', 2, a, call('ACK 102')],
    ],
    'no-credentials',
    /asked for its password \(realm "a\.test"\) and sent none/,
  ],
  [
    'a wrong password; the ACK repeats the credentials and proves nothing',
    [
      ['<', 0, a, call('INVITE 102')],
      ['>', 1, a, call('401 Unauthorized INVITE', { headers: challenge('SHA-256') })],
      ['<', 2, a, call('INVITE 102', { headers: credentials() })],
      ['>', 3, a, call('401 Unauthorized INVITE', { headers: challenge('SHA-256') })],
      ['<', 4, a, call('ACK 102', { headers: credentials() })],
    ],
    'wrong-password',
    /as "101" it was challenged again\. Fault: the caller\. .*user reset/,
  ],
  [
    'credentials for another realm',
    [
      ['<', 0, a, call('INVITE 102', { headers: credentials('asterisk') })],
      ['>', 1, a, call('401 Unauthorized INVITE', { headers: challenge('MD5') })],
    ],
    'wrong-password',
    /realm "asterisk" instead of "a\.test"/,
  ],
  [
    'a stale nonce that was not followed up',
    [
      ['<', 0, a, call('INVITE 102', { headers: credentials() })],
      [
        '>',
        1,
        a,
        call('401 Unauthorized INVITE', {
          headers: ['WWW-Authenticate: Digest realm="a.test", nonce="m", stale=true'],
        }),
      ],
    ],
    'no-credentials',
    /nonce had run out/,
  ],
  [
    'a loop that was stopped before it became a call',
    [
      ['<', 0, b, call('INVITE 102')],
      ['>', 1, b, call('483 Too Many Hops INVITE')],
    ],
    'too-many-hops',
    /198\.51\.100\.7:5060 was refused with 483 Too Many Hops\. Fault: this server\. Look for two servers/,
  ],
  [
    'a stranger',
    [
      ['<', 0, b, call('INVITE 102')],
      ['>', 1, b, call('403 Forbidden INVITE')],
    ],
    'forbidden',
    /neither a user nor the address of a trunk/,
  ],
  [
    'a status that has no words of its own',
    [
      ['<', 0, b, call('INVITE 102')],
      ['>', 1, b, call('513 Message Too Large INVITE')],
    ],
    'refused',
    /^The request from 198\.51\.100\.7:5060 was refused with 513 Message Too Large\. Fault: this server\.$/,
  ],
  [
    'a challenge that was passed, and no end yet',
    [
      ['<', 0, a, call('INVITE 102')],
      ['>', 1, a, call('401 Unauthorized INVITE', { headers: challenge('SHA-256') })],
      ['<', 2, a, call('INVITE 102', { headers: credentials() })],
      ['>', 3, a, call('200 OK INVITE')],
    ],
    'nothing-failed',
    /Nothing in this trace failed/,
  ],
];

for (const [title, rows, code, text] of noCall) {
  test(`without a record: ${title}`, () => {
    const explanation = explain(undefined, callOf(entriesOf(rows)));
    assert.equal(explanation.code, code);
    assert.match(explanation.text, text);
  });
}

const offered: Row = ['<', 0, a, call('INVITE 102', { body: sdp('96 9 101', 'a=rtpmap:96 opus/48000/2\r\n') })];
const dialled: Row = ['>', 2, b, leg('INVITE 102', { body: sdp() })];

const withCause: readonly (readonly [
  cause: EndCause,
  rows: readonly Row[],
  more: Partial<CdrSummary>,
  text: RegExp,
])[] = [
  [
    endCause('no-common-codec'),
    [offered],
    {},
    /^The two sides share no codec: the caller offers opus, G722\. Fault: not known\. .*PCMU/,
  ],
  [
    endCause('not-acceptable', { by: 'peer', status: 488 }),
    [
      offered,
      dialled,
      ['<', 9, b, leg('488 Not Acceptable Here INVITE', { headers: ['Warning: 305 b "Incompatible media format"'] })],
    ],
    {},
    /far side at 198\.51\.100\.7:5060 refused it with 488 Not Acceptable Here, 305 b "Incompatible media format": .*offered opus, G722/,
  ],
  [
    endCause('not-registered'),
    [],
    {},
    /^102 exists, but none of its phones is registered\. Fault: the callee \(102\)\./,
  ],
  [
    endCause('not-registered', { by: 'peer', status: 480 }),
    [dialled, ['<', 9, b, leg('480 Temporarily Unavailable INVITE')]],
    {},
    /refused it with 480 Temporarily Unavailable/,
  ],
  [endCause('no-answer'), [], {}, /^102 rang for 30 s and nobody answered\./],
  [
    endCause('busy', { status: 486, by: 'peer' }),
    [dialled, ['<', 9, b, leg('486 Busy Here INVITE')]],
    {},
    /^102 is busy: .*486 Busy Here/,
  ],
  [endCause('busy', { status: 486, by: 'peer' }), [], {}, /refused it with 486\. /],
  [
    endCause('declined'),
    [dialled, ['<', 9, b, leg('603 Decline INVITE')]],
    {},
    /^102 declined the call: .*603 Decline/,
  ],
  [
    endCause('too-many-hops', { status: 483 }),
    [offered, offered],
    {},
    /in a circle .*483.*: it came in 2 times\. Fault: this server\./,
  ],
  [endCause('normal-clearing'), [offered], { media: 'direct' }, /Its media went straight from party to party/],
  [endCause('no-route'), [], {}, /^No route sends "102" to a trunk\. Fault: this server\. Add a trunk/],
  [endCause('not-found'), [], {}, /^"102" is no user.*Fault: the caller \(101\)/],
  [
    endCause('upstream-rejected', { by: 'peer', status: 484 }),
    [dialled, ['<', 9, b, leg('484 Address Incomplete INVITE', { headers: ['Reason: Q.850;cause=28'] })]],
    {},
    /^The trunk at 198\.51\.100\.7:5060 refused it with 484 Address Incomplete, Q\.850;cause=28\. Fault: the trunk or the far server\./,
  ],
  [
    endCause('upstream-failed', { by: 'peer', status: 503 }),
    [dialled, ['<', 9, b, leg('503 Service Unavailable INVITE')]],
    {},
    /503 Service Unavailable\./,
  ],
  [
    endCause('upstream-auth'),
    [],
    {},
    /did not accept ours\. Fault: this server\. Correct user name and password of the trunk/,
  ],
  [
    endCause('no-ack'),
    [
      offered,
      ['>', 5, a, call('200 OK INVITE', { headers: ['Contact: <sip:10.0.0.1:5060>'] })],
      ['>', 505, a, call('200 OK INVITE', { headers: ['Contact: <sip:10.0.0.1:5060>'] })],
    ],
    {},
    /sent 2 times to 192\.0\.2\.10:5062 and no ACK came; the ACK goes to our Contact <sip:10\.0\.0\.1:5060>.*advertisedAddress/,
  ],
  [
    endCause('no-ack', { status: 504 }),
    [
      offered,
      ...[5, 505, 1505].map(
        (at): Row => [
          '>',
          at,
          a,
          call('183 Session Progress INVITE', { headers: ['RSeq: 7', 'Contact: <sip:10.0.0.1:5060>'] }),
        ],
      ),
    ],
    {},
    /^The ringing \(183\) was sent 3 times to 192\.0\.2\.10:5062 and no PRACK came; the PRACK goes to our Contact <sip:10\.0\.0\.1:5060>/,
  ],
  [
    endCause('request-timeout'),
    [offered, dialled, ['>', 502, b, leg('INVITE 102', { body: sdp() })]],
    {},
    /^The INVITE was sent 2 times to 198\.51\.100\.7:5060 over UDP and nothing came back\./,
  ],
  [
    endCause('media-timeout', { detail: 'leg of 102' }),
    [],
    {},
    /no audio came from a party for too long \(leg of 102\)\..*NAT/,
  ],
  [endCause('cancelled'), [], {}, /^The caller gave up after 31 s, before anybody answered\.$/],
  [
    endCause('normal-clearing'),
    [],
    { answerUtcMs: 1_004_000, talkMs: 55_400 },
    /^Nothing failed: the call was answered after 4 s, lasted 55 s, and was hung up\.$/,
  ],
];

for (const [cause, rows, more, text] of withCause) {
  test(`with a record: ${cause.code} ${cause.status ?? ''}`, () => {
    const explanation = explain(cdrOf(cause, more), callOf(entriesOf(rows)));
    assert.equal(explanation.code, cause.code);
    assert.match(explanation.text, text);
  });
}

test('a TLS failure is told from other unreachable peers', () => {
  const [invite] = entriesOf([offered]);
  assert.ok(invite);
  const failureOf = (code: string) =>
    callOf([
      invite,
      {
        ...invite,
        n: 2,
        direction: 'out',
        flow: b,
        bytes: new Uint8Array(0),
        failure: { code, detail: 'it has expired' },
      },
    ]);
  const cdr = cdrOf(endCause('unreachable'));
  const tls = explain(cdr, failureOf('tls'));
  assert.equal(tls.code, 'tls-failure');
  assert.match(tls.text, /No TLS connection with 198\.51\.100\.7:5060 could be made: it has expired\..*ca\.pem/);
  assert.match(
    explain(cdr, failureOf('refused')).text,
    /^No connection to 198\.51\.100\.7:5060 could be made: refused, it has expired\./,
  );
  assert.match(explain(cdr, undefined).text, /^No connection to 102 could be made\./);
});

test('every end cause has words, a fault where there is one, and no trace is needed for them', () => {
  for (const code of Object.keys(endCauses) as EndCauseCode[]) {
    const { text, faultOf } = explain(cdrOf(endCause(code)), undefined);
    assert.match(text, /^["A-Z0-9].*\.$/, code);
    assert.equal(text.includes(' Fault: '), faultOf !== 'nobody', code);
    assert.doesNotMatch(text, /undefined|\.\.| {2}/, code);
  }
});

test('what a peer wrote cannot speak to the terminal', () => {
  const rows: Row[] = [['<', 9, b, leg('486 Busy\u001b[2J INVITE')]];
  assert.match(explain(cdrOf(endCause('busy')), callOf(entriesOf(rows))).text, /Busy\?\[2J/);
});

test('what came and could not be read is the reason where no call was made', () => {
  const came = (code: string, detail: string) => {
    const [entry] = entriesOf([
      ['<', 0, flowTo('198.51.100.7', 40_000, 'tls'), { start: 'INVITE 102', sipCallId: 'odd' }],
    ]);
    assert.ok(entry);
    return explain(undefined, callOf([{ ...entry, failure: { code, detail } }]));
  };
  const odd = came('malformed-header', 'Malformed To');
  assert.equal(odd.code, 'bad-request');
  assert.match(
    odd.text,
    /^What came from 198\.51\.100\.7:40000 could not be read as SIP: Malformed To \(malformed-header\)\./,
  );
  const tls = came('tls', '198.51.100.7:40000: alert unknown ca');
  assert.equal(tls.code, 'tls-failure');
  assert.match(tls.text, /^No TLS connection with 198\.51\.100\.7:40000 could be made: alert unknown ca\./);
});
