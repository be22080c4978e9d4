import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callIdIn } from './call-id-in.ts';

const rows: readonly (readonly [what: string, text: string, callId: string])[] = [
  ['as it is usually written', 'BYE sip:a SIP/2.0\r\nCall-ID: a@b\r\nl: 0\r\n\r\n', 'a@b'],
  ['without a space, at the end', 'BYE sip:a SIP/2.0\r\nTo: x\r\nCall-ID:a\r\n\r\n', 'a'],
  ['in capitals and with spaces', 'BYE sip:a SIP/2.0\r\nCALL-ID \t:  a@b  \r\n\r\n', 'a@b'],
  ['compact', 'BYE sip:a SIP/2.0\r\nFrom: i: x\r\ni: one\r\n\r\n', 'one'],
  ['in the body only', 'MESSAGE sip:a SIP/2.0\r\nTo: x\r\n\r\nhello\r\nCall-ID: no\r\n', ''],
  ['with another one in the body', 'MESSAGE sip:a SIP/2.0\r\ni: yes\r\n\r\n\r\nCall-ID: no\r\n', 'yes'],
  ['nowhere', 'GET / HTTP/1.1\r\n\r\n', ''],
  ['cut off', 'BYE sip:a SIP/2.0\r\nCall-ID: a@', 'a@'],
  ['nothing at all', '', ''],
];
for (const [what, text, callId] of rows)
  test(`a Call-ID ${what}`, () => assert.equal(callIdIn(Buffer.from(text, 'latin1')), callId));
