import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskSdpSecrets } from '@ringdown/sdp';
import { maskMessage } from './mask-message.ts';

const masked = (text: string) =>
  Buffer.from(maskMessage(Buffer.from(text, 'latin1'), maskSdpSecrets)).toString('latin1');
const withHeader = (line: string) => `INVITE sip:b SIP/2.0\r\n${line}\r\nContent-Length: 0\r\n\r\n`;

const secret = 's3cr3t';
const rows: readonly (readonly [title: string, line: string, shown: string])[] = [
  [
    'RFC 7616 §3.4 response; user, realm, nonce and cnonce stay',
    `Authorization: Digest username="101", realm="a.test", nonce="n", cnonce="c", response="${secret}", algorithm=MD5`,
    'Authorization: Digest username="101", realm="a.test", nonce="n", cnonce="c", response="***", algorithm=MD5',
  ],
  [
    'unquoted, odd case and spaces',
    `PROXY-authorization :digest RESPONSE = ${secret},qop=auth`,
    'PROXY-authorization :digest RESPONSE = "***",qop=auth',
  ],
  [
    'folded (RFC 3261 §7.3.1)',
    `Authorization: Digest username="101",\r\n response="${secret}"`,
    'Authorization: Digest username="101",\r\n response="***"',
  ],
  ['a quote that never ends', `Authorization: Digest response="${secret}, x`, 'Authorization: Digest response="***"'],
  [
    'RFC 7616 §3.5 rspauth',
    `Authentication-Info: nextnonce="n", rspauth="${secret}"`,
    'Authentication-Info: nextnonce="n", rspauth="***"',
  ],
  ['RFC 7617 Basic', `Authorization: Basic ${secret}==`, 'Authorization: Basic ***'],
  ['RFC 8898 Bearer', `Proxy-Authorization: Bearer ${secret}.x.y`, 'Proxy-Authorization: Bearer ***'],
  ['credentials without a scheme', `Authorization: ${secret}`, 'Authorization: ***'],
  [
    'RFC 3261 §19.1.1 password in a URI',
    `Contact: <sip:bob:${secret}@192.0.2.1:5060>`,
    'Contact: <sip:bob:***@192.0.2.1:5060>',
  ],
  ['a header of somebody else', `X-SIP-Password: ${secret}`, 'X-SIP-Password: ***'],
  [
    'a port is no password',
    'Contact: <sip:bob@192.0.2.1:5060>, <sip:x@y>',
    'Contact: <sip:bob@192.0.2.1:5060>, <sip:x@y>',
  ],
  [
    'the challenge is no secret',
    'WWW-Authenticate: Digest realm="a", nonce="n"',
    'WWW-Authenticate: Digest realm="a", nonce="n"',
  ],
];

for (const [title, line, shown] of rows) {
  test(`masked: ${title}`, () => {
    assert.equal(masked(withHeader(line)), withHeader(shown));
  });
}

test('a password in the request line', () => {
  assert.equal(masked(`REGISTER sip:u:${secret}@h SIP/2.0\r\n\r\n`), 'REGISTER sip:u:***@h SIP/2.0\r\n\r\n');
});

const bodies: readonly (readonly [title: string, body: string, shown: string])[] = [
  [
    'RFC 4568 a=crypto',
    `v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${secret}|2^31\r\n`,
    `v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${'X'.repeat(secret.length)}|2^31\r\n`,
  ],
  ['RFC 8839 a=ice-pwd', `v=0\r\na=ice-pwd:${secret}\r\n`, 'v=0\r\na=ice-pwd:***\r\n'],
  ['JSON', `{"password":"${secret}","a":1}`, '{"password":"***","a":1}'],
  [
    'a message within (message/sip)',
    `SIP/2.0 200 OK\r\nAuthorization: Basic ${secret}\r\n`,
    'SIP/2.0 200 OK\r\nAuthorization: Basic ***\r\n',
  ],
];

for (const [title, body, shown] of bodies) {
  for (const name of ['Content-Length', 'l']) {
    test(`masked in a body: ${title}; ${name} fits again`, () => {
      const whole = (content: string) => `INVITE sip:b SIP/2.0\r\n${name}: ${content.length}\r\n\r\n${content}`;
      assert.equal(masked(whole(body)), whole(shown));
    });
  }
}

test('a wrong Content-Length stays wrong, since that may be why the call failed', () => {
  assert.match(
    masked(`INVITE sip:b SIP/2.0\r\nContent-Length: 7\r\n\r\npassword=${secret}`),
    /Content-Length: 7\r\n\r\npassword=\*\*\*$/,
  );
});

test('octets that are no text, and keep-alives in front, stay as they were', () => {
  const bytes = Buffer.concat([Buffer.from('\r\n\r\nMESSAGE sip:b SIP/2.0\r\n\r\n'), Buffer.from([0, 255, 128, 10])]);
  assert.equal(maskMessage(bytes, maskSdpSecrets), bytes);
  const text = `\r\n\r\nMESSAGE sip:b SIP/2.0\r\nAuthorization: Basic ${secret}\r\n\r\n\xff\x00`;
  assert.equal(masked(text), text.replace(secret, '***'));
});
