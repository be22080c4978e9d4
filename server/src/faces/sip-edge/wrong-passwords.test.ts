import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WrongPasswords } from './wrong-passwords.ts';

test('so many wrong passwords of one name from one address are too many, and a minute later they are forgotten', () => {
  const wrong = new WrongPasswords({ limit: 2 });
  const noted = (atMs: number, address = '192.0.2.1', name = '100') => wrong.note(address, name, atMs);
  assert.deepEqual([noted(0), noted(1), noted(2), noted(59_999)], [false, false, true, true]);
  assert.equal(noted(3, '192.0.2.2'), false, 'another address');
  assert.equal(noted(3, '192.0.2.1', '101'), false, 'another name');
  assert.equal(noted(60_000), false);
});

test('a right password clears the count', () => {
  const wrong = new WrongPasswords({ limit: 0 });
  assert.equal(wrong.note('192.0.2.1', '100', 0), true);
  wrong.forget('192.0.2.1', '100');
  assert.equal(wrong.size, 0);
});

test('a clock that is set back does not keep a count for ever', () => {
  const wrong = new WrongPasswords({ limit: 1 });
  wrong.note('192.0.2.1', '100', 3_600_000);
  wrong.note('192.0.2.1', '100', 3_600_000);
  assert.equal(wrong.note('192.0.2.1', '100', 0), false);
});

test('no more pairs are remembered than the bound', () => {
  const wrong = new WrongPasswords({ capacity: 3 });
  for (let name = 0; name < 50; name += 1) wrong.note('192.0.2.1', String(name), 0);
  assert.equal(wrong.size, 3);
});
