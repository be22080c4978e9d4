/** RFC 3261 §16.7 step 6: one row per choice. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildRequest } from '../message/build-request.ts';
import { buildResponse } from '../message/build-response.ts';
import { bestResponse } from './best-response.ts';

const request = buildRequest({
  method: 'INVITE',
  uri: 'sip:bob@example.com',
  headers: [
    ['Via', 'SIP/2.0/UDP a;branch=z9hG4bKx'],
    ['From', '<sip:a@b>;tag=1'],
    ['To', '<sip:b@b>'],
    ['Call-ID', 'x'],
    ['CSeq', '1 INVITE'],
  ],
});

const rows: readonly [statuses: readonly number[], best: number, isCancelled?: boolean][] = [
  [[486], 486],
  [[486, 603], 603],
  [[404, 302], 302],
  [[500, 486], 486],
  [[503, 404], 404],
  [[408, 486, 487], 486],
  [[487, 408], 487],
  [[486, 407, 401], 401],
  [[486, 484, 415], 415],
  [[486, 420, 404], 420],
  [[404, 486], 404],
  [[606, 600], 606],
  [[486, 487], 487, true],
  [[487, 600], 600, true],
];
for (const [statuses, best, isCancelled] of rows)
  test(`RFC 3261 §16.7 step 6: of ${statuses.join(', ')}${isCancelled === true ? ' after CANCEL' : ''} it is ${best}`, () => {
    const [first, ...others] = statuses.map((status) => buildResponse(request, status));
    assert.ok(first);
    assert.equal(bestResponse([first, ...others], isCancelled).status, best);
  });
