/** What a session cannot take is refused before its user hears of it (RFC 3261 §8.2.2.3, §8.2.2; RFC 3326). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { phoneAndFar, respondAs, textBody } from '@ringdown/testkit';
import { dialogOfCallee, inDialogRequest } from '../dialog/dialog.ts';

const contact = ['Contact', '<sip:far@192.0.2.9>'] as const;

test('RFC 3261 §8.2.2.3: Require of an extension that is not understood is 420 and names it', () => {
  const { a, far, clock } = phoneAndFar();
  const record = far.send(
    far.compose('INVITE', 'a', [contact, ['Require', 'timer, 100rel, precondition, x-one']]),
    a.target,
  );
  clock.advance(100);
  const response = record.responses.at(-1);
  assert.equal(response?.status, 420);
  assert.deepEqual(response?.headers('Unsupported'), ['precondition', 'x-one']);
  assert.equal(a.invites.length, 0);
});

test('what is understood is said in Supported and taken in Require', () => {
  const { a, far, clock } = phoneAndFar({ extensions: ['timer', 'replaces'] });
  const record = far.send(far.compose('INVITE', 'a', [contact, ['Require', 'Replaces']]), a.target);
  clock.advance(100);
  assert.equal(record.statuses.at(-1), 200);
  assert.deepEqual(record.responses.at(-1)?.headers('Supported'), ['timer', 'replaces']);
});

test('RFC 3261 §8.2.2.3: in a dialog too, and the dialog lives', () => {
  const { a, far, clock } = phoneAndFar();
  a.call(far.address);
  clock.advance(50);
  const invite = far.requests[0] ?? assert.fail();
  respondAs(invite, 200, 'one', { body: 'answer' });
  clock.advance(50);
  const dialog = dialogOfCallee(invite.request, 'one');
  const statuses = ['INVITE', 'UPDATE', 'BYE'].map((method) => {
    const record = far.send(inDialogRequest(dialog, { method, headers: [contact, ['Require', 'x']] }), a.target);
    clock.advance(50);
    return record.statuses.at(-1);
  });
  assert.deepEqual(statuses, [420, 420, 420]);
  assert.equal(a.session?.phase, 'confirmed');
  assert.equal(a.session?.reinvite(textBody('hold')), true);
});

test('a request whose headers cannot be read is 400, in a dialog and out of it', () => {
  const { a, far, clock } = phoneAndFar();
  const record = far.send(
    far.compose('INVITE', 'a', [
      ['Contact', '<sip:@:x>'],
      ['Record-Route', '<<>'],
    ]),
    a.target,
  );
  clock.advance(100);
  assert.equal(record.statuses.at(-1), 400);
  assert.equal(a.invites.length, 0);
});

test('a request outside any dialog that is no INVITE is the user’s', () => {
  const { a, far, clock } = phoneAndFar();
  const seen: string[] = [];
  a.onOther = (transaction) => void seen.push(transaction.method);
  far.send(far.compose('MESSAGE', 'a', [['Require', 'x']]), a.target);
  clock.advance(100);
  assert.deepEqual(seen, ['MESSAGE']);
});
