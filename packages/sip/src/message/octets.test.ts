import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SipMessage } from './message.ts';
import { parseNameAddr } from './name-addr.ts';
import { octetsOf } from './octets.ts';
import { type ParseOptions, parseMessage } from './parse-message.ts';

const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

function options(user: string): Uint8Array {
  const rows = [
    'Via: SIP/2.0/UDP h;branch=z9hG4bK1',
    'From: <sip:a@h>;tag=1',
    'To: <sip:b@h>',
    'Call-ID: c',
    'CSeq: 1 OPTIONS',
  ];
  return bytes(['OPTIONS sip:b@h SIP/2.0', ...rows, `Contact: <sip:${user}@h>;q=0.5`, '', ''].join('\r\n'));
}

function parsed(datagram: Uint8Array, how: ParseOptions = {}): SipMessage {
  const result = parseMessage(datagram, how);
  assert.ok(result.ok);
  return result.message;
}

const contactOf = (message: SipMessage) => {
  const [contact] = message.contacts();
  return [contact?.uriText, contact?.params.get('q')];
};

test('a character above 255 is taken for no delimiter that ends in the same octet', () => {
  // U+013C, U+023B and U+0322 end in the octets of "<", ";" and a quote.
  const address = parseNameAddr('A\u013cB \u0322C\u023b <sip:a@h>;tag=1');
  assert.deepEqual([address?.displayName, address?.uriText, address?.tag], ['A\u013cB \u0322C\u023b', 'sip:a@h', '1']);
  assert.deepEqual([...octetsOf('\u013c\xff\u20ac').subarray(0, 4)], [255, 255, 255, 0]);
});

test('values are read from their own message, whatever was parsed since', () => {
  const [first, second] = [parsed(options('first')), parsed(options('second'))];
  assert.deepEqual(contactOf(first), ['sip:first@h', '0.5']);
  assert.deepEqual(contactOf(second), ['sip:second@h', '0.5']);
  assert.deepEqual(contactOf(first), ['sip:first@h', '0.5']);
});

test('the octets of a message that was borrowed are not looked at again', () => {
  const datagram = options('phone');
  const message = parsed(datagram, { isBorrowed: true });
  datagram.fill(0x3b);
  assert.deepEqual(contactOf(message), ['sip:phone@h', '0.5']);
});

test('a message that stands behind a keep-alive is read at its own place', () => {
  const message = parsed(Buffer.concat([bytes('\r\n\r\n'), options('late')]));
  assert.deepEqual(contactOf(message), ['sip:late@h', '0.5']);
});

test('a text longer than all before it is scanned to its end', () => {
  const name = 'x'.repeat(70_000);
  assert.equal(parseNameAddr(`"${name}" <sip:a@h>;tag=9`)?.tag, '9');
});
