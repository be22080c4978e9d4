import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import type { SipRequest } from '../message/request.ts';
import type { DigestAlgorithm } from './algorithm.ts';
import { formatChallenge, parseAuthenticate } from './challenge.ts';
import { formatCredentials, parseAuthorization } from './credentials.ts';
import { computeDigestResponse, computeHa1 } from './digest.ts';
import { DigestClient, withCredentials } from './digest-client.ts';
import { type ChallengePolicy, DigestServer } from './digest-server.ts';
import { type Hasher, isEqualConstantTime } from './hasher.ts';
import { NonceIssuer } from './nonce.ts';

const hasher: Hasher = {
  md5: (content) => createHash('md5').update(content).digest('hex'),
  sha256: (content) => createHash('sha256').update(content).digest('hex'),
  hmacSha256: (key, content) => createHmac('sha256', key).update(content).digest('hex'),
};

function seeded(): { token(length: number): string; integer(below: number): number } {
  let count = 0;
  return { token: (length) => `${++count}`.padStart(length, 'a'), integer: (below) => ++count % below };
}

interface Vector {
  readonly source: string;
  readonly algorithm: DigestAlgorithm;
  readonly password: string;
  readonly realm: string;
  readonly nonce: string;
  readonly qop: string | undefined;
  readonly cnonce: string | undefined;
  readonly response: string;
}
const rfc7616 = {
  password: 'Circle of Life',
  realm: 'http-auth@example.org',
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  qop: 'auth',
};
const rfc2617 = {
  password: 'Circle Of Life',
  realm: 'testrealm@host.com',
  nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
};
const vectors: readonly Vector[] = [
  { source: 'RFC 7616 §3.9.1, MD5', algorithm: 'MD5', ...rfc7616, response: '8ca523f5e9506fed4657c9700eebdbec' },
  {
    source: 'RFC 7616 §3.9.1, SHA-256',
    algorithm: 'SHA-256',
    ...rfc7616,
    response: '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  },
  {
    source: 'RFC 2617 §3.5',
    algorithm: 'MD5',
    ...rfc2617,
    qop: 'auth',
    cnonce: '0a4f113b',
    response: '6629fae49393a05397450978507c4ef1',
  },
  {
    source: 'RFC 2069 §2.4 with its erratum',
    algorithm: 'MD5',
    ...rfc2617,
    password: 'CircleOfLife',
    qop: undefined,
    cnonce: undefined,
    response: '1949323746fe6a43ef61f9606e7febea',
  },
];
for (const { source, algorithm, password, realm, response, ...rest } of vectors) {
  test(`digest response: ${source}`, () => {
    const ha1 = computeHa1(hasher, algorithm, { username: 'Mufasa', realm, password });
    const nc = rest.qop === undefined ? undefined : '00000001';
    assert.equal(
      computeDigestResponse(hasher, { algorithm, ha1, nc, method: 'GET', uri: '/dir/index.html', ...rest }),
      response,
    );
  });
}

test('RFC 7616 §3.4.2, §3.4.3: -sess binds A1 to the nonce, auth-int A2 to the body', () => {
  const ha1 = hasher.md5('u:r:p');
  const body = new TextEncoder().encode('v=0\r\n');
  const input = { ha1, nonce: 'n', nc: '00000001', cnonce: 'c', method: 'INVITE', uri: 'sip:x' };
  const session = hasher.md5(`${ha1}:n:c`);
  assert.equal(
    computeDigestResponse(hasher, { ...input, algorithm: 'MD5-sess', qop: 'auth' }),
    hasher.md5(`${session}:n:00000001:c:auth:${hasher.md5('INVITE:sip:x')}`),
  );
  const a2 = hasher.md5(`INVITE:sip:x:${hasher.md5(body)}`);
  assert.equal(
    computeDigestResponse(hasher, { ...input, algorithm: 'MD5', qop: 'auth-int', body }),
    hasher.md5(`${ha1}:n:00000001:c:auth-int:${a2}`),
  );
});

test('challenges and credentials are read as written, and come back from their text', () => {
  const challenge = parseAuthenticate(
    'Digest realm="atlanta.com", domain="sip:ss1.carrier.com",qop="auth,auth-int", nonce="f84\\"f1", opaque="", stale=FALSE, algorithm=md5',
  );
  assert.deepEqual(
    { ...challenge, params: challenge?.params.get('domain') },
    {
      scheme: 'Digest',
      realm: 'atlanta.com',
      nonce: 'f84"f1',
      opaque: '',
      isStale: false,
      algorithm: 'MD5',
      algorithmText: 'md5',
      qop: ['auth', 'auth-int'],
      params: 'sip:ss1.carrier.com',
    },
  );
  const text = formatChallenge({ realm: 'a "b"', nonce: 'n', algorithm: 'SHA-256', isStale: true });
  assert.equal(text, 'Digest realm="a \\"b\\"", nonce="n", stale=true, algorithm=SHA-256, qop="auth"');
  const parts = {
    username: 'bob',
    realm: 'r',
    nonce: 'n',
    uri: 'sip:x',
    response: 'ab',
    algorithm: 'MD5' as const,
    cnonce: 'c',
    opaque: undefined,
    qop: 'auth',
    nc: '0000000a',
  };
  const { params: _, scheme, ...read } = parseAuthorization(formatCredentials(parts))!;
  assert.equal(scheme, 'Digest');
  assert.deepEqual(read, parts);
});

const malformed: readonly string[] = [
  '',
  'Digest',
  'Digest realm="x"',
  'Digest realm="x, nonce="y"',
  'Digest realm="x" nonce="y"',
  'Digest realm="x",nonce="y",realm="z"',
  'Digest =x',
];
for (const text of malformed) {
  test(`a malformed challenge is undefined: ${JSON.stringify(text)}`, () =>
    assert.equal(parseAuthenticate(text), undefined));
}

test('credentials with qop but without a count of eight hex digits are malformed', () => {
  const base = 'Digest username="u",realm="r",nonce="n",uri="sip:x",response="0"';
  assert.notEqual(parseAuthorization(base), undefined);
  assert.equal(parseAuthorization(`${base},qop=auth,cnonce="c",nc=1`), undefined);
  assert.equal(parseAuthorization(`${base},qop=auth,nc=00000001`), undefined);
  assert.equal(parseAuthorization(base.replace(',uri="sip:x"', '')), undefined);
});

test('constant-time comparison compares', () => {
  assert.equal(isEqualConstantTime('abc', 'abc'), true);
  assert.equal(isEqualConstantTime('abc', 'abd'), false);
  assert.equal(isEqualConstantTime('abc', 'abcabc'), false);
  assert.equal(isEqualConstantTime('abcabc', 'abc'), false);
  assert.equal(isEqualConstantTime('', 'a'), false);
});

const T0 = 1_700_000_000_000;
function issuer(options: { lifetimeSec?: number; capacity?: number } = {}): NonceIssuer {
  return new NonceIssuer({ hasher, key: 'a key of sixteen', random: seeded(), ...options });
}

test('nonces: a count holds once, in any order within the window', () => {
  const nonces = issuer();
  const nonce = nonces.issue(T0);
  const steps: [nc: number, verdict: string][] = [
    [1, 'valid'],
    [1, 'replayed'],
    [3, 'valid'],
    [2, 'valid'],
    [2, 'replayed'],
    [33, 'valid'],
    [4, 'valid'],
    [1, 'replayed'],
    [100, 'valid'],
    [68, 'replayed'],
    [69, 'valid'],
    [0x7fff_ffff, 'valid'],
    [0xffff_ffff, 'valid'],
    [0xffff_fffe, 'valid'],
    [0xffff_ffff, 'replayed'],
  ];
  for (const [nc, verdict] of steps)
    assert.equal(nonces.use(nonce, nc.toString(16).padStart(8, '0'), T0), verdict, `nc ${nc}`);
});

test('nonces: forged, foreign, too old, from the future', () => {
  const nonces = issuer({ lifetimeSec: 60 });
  const nonce = nonces.issue(T0);
  assert.equal(nonces.check(nonce, T0 + 60_000), 'valid');
  assert.equal(nonces.check(nonce, T0 + 61_000), 'stale');
  assert.equal(nonces.check(nonce, T0 - 61_000), 'stale', 'a clock step does not make a nonce immortal');
  assert.equal(nonces.check(`${nonce.slice(0, -1)}x`, T0), 'forged');
  assert.equal(nonces.check(`f${nonce.slice(1)}`, T0), 'forged', 'its time cannot be changed');
  assert.equal(nonces.check('', T0), 'forged');
  const other = new NonceIssuer({ hasher, key: 'another key of 16', random: seeded() });
  assert.equal(other.check(nonce, T0), 'forged');
  assert.equal(issuer({ lifetimeSec: 60 }).check(nonce, T0), 'valid', 'a node with the same key takes it');
});

test('nonces: memory is bounded, and a forgotten nonce is stale, not fresh', () => {
  const nonces = issuer({ capacity: 10 });
  const first = nonces.issue(T0);
  assert.equal(nonces.use(first, '00000001', T0), 'valid');
  for (let i = 1; i <= 25; i++)
    assert.equal(nonces.use(nonces.issue(T0 + i * 1_000), '00000001', T0 + i * 1_000), 'valid');
  assert.equal(nonces.size, 10);
  assert.equal(nonces.use(first, '00000001', T0 + 26_000), 'stale');
});

test('nonces: those too old to be used are not remembered', () => {
  const nonces = issuer({ lifetimeSec: 60 });
  for (let i = 0; i < 300; i++) nonces.use(nonces.issue(T0 + i * 1_000), '00000001', T0 + i * 1_000);
  assert.equal(nonces.size, 61);
});

test('nonces: the clock goes back an hour: new ones hold at once, none from before does, used or not', () => {
  const nonces = issuer({ lifetimeSec: 60, capacity: 10 });
  const hourMs = 3_600_000;
  const early = nonces.issue(T0 - hourMs);
  assert.equal(nonces.use(early, '00000001', T0 - hourMs), 'valid');
  const unused = nonces.issue(T0 - hourMs);
  for (let i = 0; i < 25; i++) nonces.use(nonces.issue(T0 + i * 1_000), '00000001', T0 + i * 1_000);
  const again = nonces.issue(T0 - hourMs);
  assert.equal(nonces.use(again, '00000001', T0 - hourMs), 'valid');
  assert.equal(nonces.use(again, '00000001', T0 - hourMs), 'replayed');
  for (const before of [early, unused]) assert.notEqual(nonces.use(before, '00000002', T0 - hourMs), 'valid');
});

test('nonces: a clock that goes back a little leaves those alone that are in use', () => {
  const nonces = issuer({ lifetimeSec: 60 });
  const nonce = nonces.issue(T0);
  assert.equal(nonces.use(nonce, '00000001', T0), 'valid');
  nonces.issue(T0 - 30_000);
  assert.equal(nonces.use(nonce, '00000002', T0 - 30_000), 'valid');
  assert.equal(nonces.use(nonce, '00000002', T0 - 30_000), 'replayed');
});

const ha1Of = (username: string, hash: 'MD5' | 'SHA-256'): string | undefined =>
  username === 'bob' ? computeHa1(hasher, hash, { username, realm: 'ringdown', password: 'zanzibar' }) : undefined;

function register(): SipRequest {
  return buildRequest({
    method: 'REGISTER',
    uri: 'sip:ringdown',
    headers: [
      ['Via', 'SIP/2.0/UDP h;branch=z9hG4bK1'],
      ['From', '<sip:bob@ringdown>;tag=1'],
      ['To', '<sip:bob@ringdown>'],
      ['Call-ID', 'c'],
      ['CSeq', '1 REGISTER'],
    ],
  });
}

/** A registrar and a phone, without any network. Runs until accepted or given up; says what came. */
class Exchange {
  utcMs = T0;
  policy: ChallengePolicy = 'both';
  readonly server = new DigestServer({ hasher, nonces: issuer({ lifetimeSec: 60 }) });
  readonly client: DigestClient;
  sent = register();

  constructor(password = 'zanzibar', username = 'bob') {
    this.client = new DigestClient({ hasher, random: seeded(), account: () => ({ username, password }) });
  }

  run(extra: readonly (readonly [string, string])[] = []): string {
    const log: string[] = [];
    this.sent = withCredentials(register(), this.client.authorize(register()));
    for (let round = 0; round < 20; round++) {
      const verdict = this.server.check({
        request: this.sent,
        realm: 'ringdown',
        policy: this.policy,
        ha1: ha1Of,
        utcMs: this.utcMs,
      });
      if (verdict.ok) {
        this.client.learn(buildResponse(this.sent, 200, { headers: extra }));
        log.push(`200 ${verdict.credentials.algorithm} ${verdict.credentials.nc}`);
        return log.join(', ');
      }
      log.push(verdict.why);
      const isStale = verdict.why === 'stale';
      const headers = this.server.challenge({ realm: 'ringdown', policy: this.policy, isStale, utcMs: this.utcMs });
      const answer = this.client.answer(this.sent, buildResponse(this.sent, 401, { headers }));
      if (!answer.ok) {
        log.push(answer.why);
        return log.join(', ');
      }
      this.sent = withCredentials(this.sent, answer.headers);
    }
    return 'endless';
  }
}

test('both sides: challenged once, then ahead with rising counts; stale is answered without asking anyone', () => {
  const exchange = new Exchange();
  assert.equal(exchange.run(), 'absent, 200 SHA-256 00000001');
  assert.equal(exchange.run(), '200 SHA-256 00000002');
  assert.equal(exchange.run(), '200 SHA-256 00000003');
  exchange.utcMs += 120_000;
  assert.equal(exchange.run(), 'stale, 200 SHA-256 00000001');
});

test('RFC 8760 §2.4: the policy decides what is offered and taken', () => {
  const exchange = new Exchange();
  exchange.policy = 'md5';
  assert.equal(exchange.run(), 'absent, 200 MD5 00000001');
  exchange.policy = 'sha256';
  assert.equal(exchange.run(), 'refused, 200 SHA-256 00000001', 'what is not offered any more is not taken');
  const fresh = new Exchange();
  fresh.policy = 'sha256';
  assert.equal(fresh.run(), 'absent, 200 SHA-256 00000001');
});

test('RFC 8760 §2.4: SHA-256 stands above MD5, and both carry one nonce', () => {
  const rows = new Exchange().server.challenge({ realm: 'r', policy: 'both', utcMs: T0 });
  assert.deepEqual(
    rows.map(([name, value]) => [name, parseAuthenticate(value)?.algorithm]),
    [
      ['WWW-Authenticate', 'SHA-256'],
      ['WWW-Authenticate', 'MD5'],
    ],
  );
});

test('a wrong password ends, and looks like an unknown user', () => {
  assert.equal(new Exchange('wrong').run(), 'absent, wrong, rejected');
  assert.equal(new Exchange('zanzibar', 'nobody').run(), 'absent, wrong, rejected');
});

test('a replayed request is not taken', () => {
  const exchange = new Exchange();
  exchange.run();
  const check = { request: exchange.sent, realm: 'ringdown', policy: 'both' as const, ha1: ha1Of, utcMs: T0 };
  assert.deepEqual(exchange.server.check(check), { ok: false, why: 'stale', username: 'bob' });
});

test('RFC 7616 §3.5: the next nonce comes from Authentication-Info', () => {
  const exchange = new Exchange();
  const next = issuer({ lifetimeSec: 60 }).issue(T0 + 1_000);
  exchange.run([['Authentication-Info', `nextnonce="${next}", qop=auth`]]);
  assert.equal(exchange.run(), '200 SHA-256 00000001');
  assert.equal(parseAuthorization(exchange.sent.header('Authorization')!)?.nonce, next);
});

test('RFC 3261 §22.4 rule 8: a Request-URI other than the signed one is told', () => {
  const exchange = new Exchange();
  exchange.run();
  exchange.sent = withCredentials(register(), exchange.client.authorize(register()));
  const moved = { ...exchange, request: exchange.sent };
  const check = { realm: 'ringdown', policy: 'both' as const, ha1: ha1Of, utcMs: T0 };
  const verdict = exchange.server.check({ ...check, request: moved.request });
  assert.equal(verdict.ok && verdict.isUriMatch, true);
  const row = exchange.client.authorize(register())[0]!;
  const elsewhere = buildRequest({ method: 'REGISTER', uri: 'sip:evil', headers: [...headersOf(register()), row] });
  const redirected = exchange.server.check({ ...check, request: elsewhere });
  assert.equal(redirected.ok && redirected.isUriMatch, false);
  assert.equal(redirected.ok, true);
});

function headersOf(request: SipRequest): [string, string][] {
  return request.rows().map(({ name, value }) => [name, value]);
}

test('a server that calls every nonce stale is given up on', () => {
  const client = new DigestClient({ hasher, random: seeded(), account: () => ({ username: 'bob', password: 'x' }) });
  let request = register();
  let answers = 0;
  for (; answers < 50; answers++) {
    const value = formatChallenge({ realm: 'r', nonce: `n${answers}`, algorithm: 'MD5', isStale: true });
    const answer = client.answer(request, buildResponse(request, 401, { headers: [['WWW-Authenticate', value]] }));
    if (!answer.ok) break;
    request = withCredentials(request, answer.headers);
  }
  assert.ok(answers >= 2 && answers <= 6, `${answers}`);
});

test('a legacy challenge without qop is answered, and ends when it is refused', () => {
  const client = new DigestClient({ hasher, random: seeded(), account: () => ({ username: 'bob', password: 'x' }) });
  const challenge = (nonce: string) =>
    buildResponse(register(), 407, { headers: [['Proxy-Authenticate', `Digest realm="r", nonce="${nonce}"`]] });
  const answer = client.answer(register(), challenge('n1'));
  assert.ok(answer.ok);
  const credentials = parseAuthorization(answer.headers[0]![1])!;
  assert.equal(answer.headers[0]![0], 'Proxy-Authorization');
  assert.equal(credentials.qop, undefined);
  assert.equal(credentials.response, hasher.md5(`${hasher.md5('bob:r:x')}:n1:${hasher.md5('REGISTER:sip:ringdown')}`));
  assert.deepEqual(client.answer(withCredentials(register(), answer.headers), challenge('n2')), {
    ok: false,
    why: 'rejected',
    realm: 'r',
  });
});

test('what cannot be answered says why', () => {
  const client = new DigestClient({
    hasher,
    random: seeded(),
    account: (realm) => (realm === 'r' ? { username: 'b', password: 'x' } : undefined),
  });
  const answer = (...values: string[]) => {
    const headers = values.map((value): [string, string] => ['WWW-Authenticate', value]);
    const result = client.answer(register(), buildResponse(register(), 401, { headers }));
    return result.ok ? 'ok' : result.why;
  };
  assert.equal(answer(), 'malformed');
  assert.equal(answer('Basic realm="r"'), 'unsupported');
  assert.equal(answer('Digest realm="r", nonce="n", algorithm=SHA-512-256'), 'unsupported');
  assert.equal(answer('Digest realm="r", nonce="n", qop="new"'), 'unsupported');
  assert.equal(answer('Digest realm="elsewhere", nonce="n"'), 'no-account');
  assert.equal(answer('Digest realm="r", nonce="n", algorithm=SHA-512-256', 'Digest realm="r", nonce="n"'), 'ok');
});
