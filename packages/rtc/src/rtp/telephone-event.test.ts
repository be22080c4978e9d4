import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  digitOfEvent,
  encodeTelephoneEvent,
  eventOfDigit,
  telephoneEventCode,
  telephoneEventDuration,
  telephoneEventEnded,
} from './telephone-event.ts';

test('RFC 4733 §2.3: event, end bit, volume and duration', () => {
  const bytes = new Uint8Array(6);
  encodeTelephoneEvent(bytes, 1, { event: 11, ended: true, volume: 10, duration: 1280 });
  assert.equal(Buffer.from(bytes).toString('hex'), '000b8a050000');
  assert.equal(telephoneEventCode(bytes, 1), 11);
  assert.equal(telephoneEventEnded(bytes, 1), true);
  assert.equal(telephoneEventDuration(bytes, 1), 1280);
});

test('RFC 4733 §3.2: the sixteen keys and their codes; nothing else is a key', () => {
  for (const [code, digit] of [...'0123456789*#ABCD'].entries()) {
    assert.equal(digitOfEvent(code), digit);
    assert.equal(eventOfDigit(digit), code);
  }
  assert.equal(eventOfDigit('b'), 13);
  assert.equal(digitOfEvent(16), '');
  for (const other of ['', 'E', '12', ' ']) assert.equal(eventOfDigit(other), -1);
});
