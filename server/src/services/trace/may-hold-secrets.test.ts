import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayHoldSecrets, SecretScan } from './may-hold-secrets.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

test('whatever mask-message.ts changes is noticed, in any case', () => {
  for (const text of [
    'Authorization: Digest response="1"',
    'PROXY-AUTHORIZATION: Basic abc',
    'Authentication-Info: rspauth="1"',
    'proxy-authentication-info: rspauth="1"',
    'Contact: <sip:101:secret@192.0.2.1>',
    'INVITE sips:101:secret@example.com SIP/2.0',
    'Contact: <sip:1\u000101:secret@192.0.2.1>',
    'X-Pass: passwd=1',
    'Password: 1',
    'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc',
    'a=something inline:abc',
    'v=0\r\nk=clear:abc',
    'k=clear:abc',
    'v=0\rk=clear:abc',
    'a=ice-pwd:abc',
    'A=ICE-PWD:abc',
  ])
    assert.ok(mayHoldSecrets(bytes(text)), text);
});

test('wherever in memory it stands, and only what is asked for is looked at', () => {
  for (const secret of [
    'Password: 1',
    'Authorization: x',
    'a=ice-pwd:1',
    'a=crypto:1',
    'inline:1',
    '\nk=1',
    'sip:1:2@3',
  ])
    for (let before = 0; before < 9; before++)
      for (let offset = 0; offset < 3; offset++) {
        const dots = '.'.repeat(before);
        const all = bytes(`${'-'.repeat(offset)}password${dots}${secret}${dots}`).subarray(offset);
        const scan = new SecretScan(all);
        const what = `${secret} ${before} ${offset}`;
        assert.ok(scan.mayHold(8, all.length), what);
        assert.ok(scan.mayHold(0, 8), what);
        assert.equal(scan.mayHold(8, 8 + before), false, what);
        assert.equal(scan.mayHold(all.length - before, all.length), false, what);
      }
  assert.equal(mayHoldSecrets(bytes('')), false);
  assert.equal(mayHoldSecrets(bytes('@').subarray(0, 1)), false);
});

test('a flood of @ is gone through once', () => {
  const startMs = performance.now();
  assert.equal(mayHoldSecrets(new Uint8Array(1_000_000).fill(0x40)), false);
  assert.ok(performance.now() - startMs < 2000);
});

test('an ordinary call is not looked at twice', () => {
  const message = [
    'INVITE sip:101@192.0.2.1:5060;transport=udp SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKabc;rport',
    'From: "Ada" <sip:+4930123@example.com>;tag=1',
    'To: <sip:101@example.com>',
    'Call-ID: 12:34@192.0.2.2',
    'CSeq: 1 INVITE',
    'Session-Expires: 1800',
    'WWW-Authenticate: Digest realm="x", nonce="y", qop="auth"',
    'Content-Type: application/sdp',
    '',
    'v=0',
    'o=- 1 1 IN IP4 192.0.2.2',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
  ].join('\r\n');
  assert.equal(mayHoldSecrets(bytes(message)), false);
});
