/** Tokens: the vectors of the RFCs, what is refused unread, and what proves who calls through diversions. */
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type webcrypto } from 'node:crypto';
import { test } from 'node:test';
import {
  canonicalJson,
  formatPassport,
  type IdentityFault,
  identityAnswer,
  type Passport,
  type PassportClaims,
  type PassportIdentity,
  parseIdentity,
  parsePassport,
  type SignIdentityOptions,
  signIdentity,
  signingInput,
  type VerifyIdentityOptions,
  verifyIdentity,
} from '@ringdown/sip';
import * as browser from '@ringdown/sip/browser';
import { createPassportSigner, createPassportVerifier } from '@ringdown/sip/node';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const encode = (json: unknown) =>
  Buffer.from(typeof json === 'string' ? json : JSON.stringify(json)).toString('base64url');
const tn = (value: string): PassportIdentity => ({ kind: 'tn', value });

/** RFC 8225, Appendix A. */
const rfc8225 = {
  publicPem: `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE8HNbQd/TmvCKwPKHkMF9fScavGeH
78YTU8qLS8I5HLHSSmlATLcslQMhNC/OhlWBYC626nIlo7XeebYS7Sb37g==
-----END PUBLIC KEY-----
`,
  privatePem: `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIFeZ1R208QCvcu5GuYyMfG4W7sH4m99/7eHSDLpdYllFoAoGCCqGSM49
AwEHoUQDQgAE8HNbQd/TmvCKwPKHkMF9fScavGeH78YTU8qLS8I5HLHSSmlATLcs
lQMhNC/OhlWBYC626nIlo7XeebYS7Sb37g==
-----END EC PRIVATE KEY-----
`,
  input:
    'eyJhbGciOiJFUzI1NiIsInR5cCI6InBhc3Nwb3J0IiwieDV1IjoiaHR0cHM6Ly9jZXJ0LmV4YW1wbGUub3JnL3Bhc3Nwb3J0LmNlciJ9.' +
    'eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6MTQ3MTM3NTQxOCwib3JpZyI6eyJ0biI6IjEyMTU1NTUxMjEyIn19',
  signature: 'VLBCIVDCaeK6M4hLJb6SHQvacAQVvoiiEOWQ_iUkqk79UD81fHQ0E1b3_GluIkba7UWYRM47ZbNFdOJquE35cw',
  passport: {
    header: { alg: 'ES256', x5u: 'https://cert.example.org/passport.cer' },
    claims: { iat: 1_471_375_418, orig: tn('12155551212'), dest: [{ kind: 'uri', value: 'sip:alice@example.com' }] },
  } satisfies Passport,
};

test('RFC 8225 Appendix A: the example is serialised and read as it stands there', async () => {
  assert.equal(signingInput(rfc8225.passport), rfc8225.input);
  const token = parsePassport(`${rfc8225.input}.${rfc8225.signature}`);
  assert.ok(token?.form === 'full');
  const { header, claims, signature, signingInput: input } = token.passport;
  assert.deepEqual({ header, claims }, rfc8225.passport);
  assert.equal(formatPassport({ header, claims }, signature), `${rfc8225.input}.${rfc8225.signature}`);
  // The signature that is printed there, as other implementations quote it too, is none of that key over that input.
  assert.equal(await createPassportVerifier(rfc8225.publicPem)(bytesOf(input), signature), false);
});

/** The example of draft-ietf-stir-passport-09, Appendix A, of the same key; RFC 7515 Appendix A.3. */
const signatures: readonly [what: string, input: string, signature: string, key: string | object][] = [
  [
    'draft-ietf-stir-passport-09',
    `${rfc8225.input.split('.')[0]}.eyJkZXN0Ijp7InVyaSI6WyJzaXA6YWxpY2VAZXhhbXBsZS5jb20iXX0sImlhdCI6IjE0NDMyMDgzNDUiLCJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0`,
    'rq3pjT1hoRwakEGjHCnWSwUnshd0-zJ6F1VOgFWSjHBr8Qjpjlk-cpFYpFYsojNCpTzO3QfPOlckGaS6hEck7w',
    rfc8225.publicPem,
  ],
  [
    'RFC 7515 Appendix A.3',
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ',
    'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
  ],
];
for (const [what, input, signature, key] of signatures)
  test(`ES256: the signature of ${what} is right, and of nothing else`, async () => {
    const pem =
      typeof key === 'string'
        ? key
        : createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
    const bytes = new Uint8Array(Buffer.from(signature, 'base64url'));
    assert.equal(await createPassportVerifier(pem)(bytesOf(input), bytes), true);
    assert.equal(await createPassportVerifier(pem)(bytesOf(`${input}x`), bytes), false);
  });

test('RFC 8225 Appendix A: what its private key signs, its public key accepts, in Node and with WebCrypto', async () => {
  const sign = createPassportSigner(rfc8225.privatePem);
  const signature = await sign(bytesOf(rfc8225.input));
  assert.equal(signature.length, 64);
  assert.equal(await createPassportVerifier(rfc8225.publicPem)(bytesOf(rfc8225.input), signature), true);
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = await browser.createPassportSigner(new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' })));
  const spki = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  const mine = await other(bytesOf('input'));
  assert.equal(await (await browser.createPassportVerifier(spki))(bytesOf('input'), mine), true);
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  assert.equal(await createPassportVerifier(pem)(bytesOf('input'), mine), true);
  assert.equal(await createPassportVerifier(pem)(bytesOf('inputs'), mine), false);
});

test('RFC 8588 §3: a shaken token has its claims in the order of their names', () => {
  const shaken: Passport = {
    header: { alg: 'ES256', ppt: 'shaken', x5u: 'https://cert.example.org/passport.cer' },
    claims: {
      orig: tn('12155550121'),
      origid: '123e4567-e89b-12d3-a456-426655440000',
      iat: 1_443_208_345,
      dest: [tn('12155550131')],
      attest: 'A',
    },
  };
  const [header = '', claims = ''] = signingInput(shaken)
    .split('.')
    .map((part) => Buffer.from(part, 'base64url').toString());
  assert.equal(header, '{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://cert.example.org/passport.cer"}');
  assert.equal(
    claims,
    '{"attest":"A","dest":{"tn":["12155550131"]},"iat":1443208345,"orig":{"tn":"12155550121"},"origid":"123e4567-e89b-12d3-a456-426655440000"}',
  );
});

test('RFC 8225 §9: members in order of their names at every depth, lists as they are, no blanks', () => {
  assert.equal(
    canonicalJson({ b: [3, 1, { z: null, a: 'ü"' }], a: { c: true, B: 1.5 }, '\u{1f600}': 1, '\uffff': 2 }),
    '{"a":{"B":1.5,"c":true},"b":[3,1,{"a":"ü\\"","z":null}],"\uffff":2,"\u{1f600}":1}',
  );
});

test('other claims, as mky of RFC 8225 §5.2.2, are kept and signed', () => {
  const claims: PassportClaims = { ...rfc8225.passport.claims, more: { mky: [{ alg: 'sha-256', dig: '02:1A' }] } };
  const token = parsePassport(formatPassport({ ...rfc8225.passport, claims }, new Uint8Array(64)));
  assert.deepEqual(token?.form === 'full' ? token.passport.claims : undefined, claims);
});

const head = { alg: 'ES256', typ: 'passport', x5u: 'https://c.test' };
const body = { iat: 1, orig: { tn: '1' }, dest: { tn: ['2'] } };
const shaken = { ...head, ppt: 'shaken' };
const unreadable: readonly [what: string, token: string][] = [
  ['nothing', ''],
  ['two parts', 'a.b'],
  ['four parts', 'a.b.c.d'],
  ['no signature', `${encode(head)}.${encode(body)}.`],
  ['a signature that is no base64url', `${encode(head)}.${encode(body)}.a+b=`],
  ['a header that is no JSON', `${encode('{')}.${encode(body)}.abcd`],
  ['a header that is a list', `${encode([])}.${encode(body)}.abcd`],
  ['claims that are no UTF-8', `${encode(head)}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.abcd`],
  ['another type', `${encode({ ...head, typ: 'JWT' })}.${encode(body)}.abcd`],
  ['no x5u', `${encode({ alg: 'ES256', typ: 'passport' })}.${encode(body)}.abcd`],
  ['no iat', `${encode(head)}.${encode({ ...body, iat: undefined })}.abcd`],
  ['iat as text', `${encode(head)}.${encode({ ...body, iat: '1' })}.abcd`],
  ['nobody calling', `${encode(head)}.${encode({ ...body, orig: {} })}.abcd`],
  ['two calling', `${encode(head)}.${encode({ ...body, orig: { tn: '1', uri: 'sip:x@y' } })}.abcd`],
  ['nobody called', `${encode(head)}.${encode({ ...body, dest: { tn: [] } })}.abcd`],
  ['dest as text', `${encode(head)}.${encode({ ...body, dest: { tn: '2' } })}.abcd`],
  ['a number in dest', `${encode(head)}.${encode({ ...body, dest: { tn: [2] } })}.abcd`],
  ['RFC 8588 §4: shaken without attest', `${encode(shaken)}.${encode({ ...body, origid: 'x' })}.abcd`],
  ['RFC 8588 §4: attest D', `${encode(shaken)}.${encode({ ...body, origid: 'x', attest: 'D' })}.abcd`],
  ['RFC 8588 §5: shaken without origid', `${encode(shaken)}.${encode({ ...body, attest: 'A' })}.abcd`],
  ['RFC 8946 §3: div without div', `${encode({ ...head, ppt: 'div' })}.${encode(body)}.abcd`],
  ['too long', `${encode(head)}.${encode({ ...body, more: 'x'.repeat(20_000) })}.abcd`],
];
for (const [what, token] of unreadable)
  test(`RFC 8225 §4, §5: refused unread: ${what}`, () => {
    assert.equal(parsePassport(token), undefined);
  });

// ---- verifying ------------------------------------------------------------------------------------------------------------------------

const now = 1_500_000_000;
const info = 'https://cert.example.org/passport.cer';
const sign = createPassportSigner(rfc8225.privatePem);
const verify = createPassportVerifier(rfc8225.publicPem);
const [caller, callee, third, fourth] = [tn('12155551212'), tn('12155551213'), tn('12155551214'), tn('12155551215')];
const base = { iat: now, orig: caller, dest: [callee] } as const;
const shakenClaims: PassportClaims = { ...base, attest: 'A', origid: '123e4567-e89b-12d3-a456-426655440000' };

const signed = (claims: PassportClaims, more: Partial<SignIdentityOptions> = {}) =>
  signIdentity({ claims, info, sign, ...more });
const check = (headers: readonly string[], more: Partial<VerifyIdentityOptions> = {}) =>
  verifyIdentity({ headers, orig: caller, dest: callee, nowUtcSec: now + 10, keyOf: async () => verify, ...more });

test('RFC 8224 §6.2: a token in full form, and in compact form with the Date of the message, prove who calls', async () => {
  const full = await check([await signed(shakenClaims, { ppt: 'shaken' })]);
  assert.ok(full.isProven);
  assert.deepEqual([full.passport.claims, full.diversions], [shakenClaims, []]);
  const header = await signed(base, { compact: true });
  assert.match(header, /^\.\.[\w-]{86};info=<https:/);
  const compact = await check([header], { dateUtcSec: now });
  assert.equal(compact.isProven, true);
  const kept = await signed(shakenClaims, { ppt: 'shaken', compact: true });
  assert.equal(parsePassport(parseIdentity(kept)?.token ?? '')?.form, 'full', 'RFC 8588 §6: never compact');
});

test('of several headers one that proves is enough (RFC 8224 §6.2)', async () => {
  const good = await signed(shakenClaims, { ppt: 'shaken' });
  assert.equal((await check(['junk', good.replace('shaken', 'rph'), good])).isProven, true);
});

const faults: readonly [
  IdentityFault,
  number,
  what: string,
  () => Promise<string[]>,
  Partial<VerifyIdentityOptions>?,
][] = [
  ['absent', 428, 'no header', async () => []],
  ['unsupported-ppt', 428, 'another extension', async () => [await signed(base, { ppt: 'rph' })]],
  ['malformed', 438, 'no info', async () => ['a.b.c']],
  ['malformed', 438, 'a token that is none', async () => [`a.b.c;info=<${info}>`]],
  ['malformed', 438, 'info that is not x5u', async () => [(await signed(base)).replace('cert.', 'evil.')]],
  [
    'malformed',
    438,
    'ppt that is not that of the token',
    async () => [(await signed(shakenClaims, { ppt: 'shaken' })).replace('ppt=shaken', 'ppt=div')],
  ],
  ['unsupported-alg', 437, 'another algorithm', async () => [(await signed(base)).replace('alg=ES256', 'alg=RS256')]],
  [
    'unsupported-alg',
    437,
    'another algorithm in the token',
    async () => [`${encode({ ...head, alg: 'none', x5u: info })}.${encode(body)}.abcd;info=<${info}>`],
  ],
  ['no-credential', 436, 'no certificate', async () => [await signed(base)], { keyOf: async () => undefined }],
  [
    'untrusted-credential',
    437,
    'a certificate of somebody else',
    async () => [await signed(base)],
    { keyOf: async () => null },
  ],
  ['stale-iat', 403, 'a token of before', async () => [await signed(base)], { nowUtcSec: now + 61 }],
  ['stale-iat', 403, 'a token of the future', async () => [await signed(base)], { nowUtcSec: now - 61 }],
  ['bad-date', 403, 'compact without Date', async () => [await signed(base, { compact: true })]],
  [
    'bad-date',
    403,
    'compact with a Date that is none',
    async () => [await signed(base, { compact: true })],
    { dateUtcSec: null },
  ],
  [
    'stale-date',
    403,
    'compact with an old Date',
    async () => [await signed(base, { compact: true })],
    { dateUtcSec: now - 100 },
  ],
  [
    'wrong-signature',
    438,
    'compact with another Date',
    async () => [await signed(base, { compact: true })],
    { dateUtcSec: now + 1 },
  ],
  ['wrong-orig', 438, 'for another caller', async () => [await signed(base)], { orig: third }],
  ['wrong-dest', 438, 'for another callee', async () => [await signed(base)], { dest: third }],
  [
    'wrong-signature',
    438,
    'another key',
    async () => [await signed(base, { sign: async () => new Uint8Array(64).fill(1) })],
  ],
];
for (const [fault, status, what, headersOf, more] of faults)
  test(`RFC 8224 §6.2.2: ${what}: ${fault}, ${status}`, async () => {
    assert.deepEqual(await check(await headersOf(), more), { isProven: false, fault });
    assert.equal(identityAnswer(fault).status, status);
  });

test('RFC 8946 §4.2: through diversions back to where the call began, in whatever order the headers stand', async () => {
  const origin = await signed(shakenClaims, { ppt: 'shaken' });
  const first = await signed({ ...base, dest: [third], div: callee }, { ppt: 'div' });
  const second = await signed({ ...base, dest: [fourth], div: third }, { ppt: 'div' });
  const asked: string[] = [];
  const keyOf: VerifyIdentityOptions['keyOf'] = async (_info, whom) => {
    asked.push(whom.value);
    return verify;
  };
  const verdict = await check([second, origin, first], { dest: fourth, keyOf });
  assert.ok(verdict.isProven);
  assert.equal(verdict.passport.claims.attest, 'A');
  assert.deepEqual(
    verdict.diversions.map(({ claims }) => claims.div?.value),
    [callee.value, third.value],
  );
  assert.deepEqual(asked, [third.value, caller.value, callee.value], 'whoever diverts answers for the number called');
  const gap = await check([second, origin], { dest: fourth });
  assert.deepEqual(gap, { isProven: false, fault: 'wrong-dest' });
  const loop = await signed({ ...base, dest: [callee], div: callee }, { ppt: 'div' });
  assert.equal((await check([loop, loop])).isProven, false);
});

test('a key that WebCrypto knows is one that Node knows', async () => {
  const pair = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  const header = await signIdentity({ claims: base, info, sign: await browser.createPassportSigner(pkcs8) });
  const keyOf = async () => browser.createPassportVerifier(spki);
  assert.equal((await check([header], { keyOf })).isProven, true);
});
