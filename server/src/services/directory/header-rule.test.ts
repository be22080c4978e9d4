import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHeaderRule, headerRulesProblem, parseHeaderRule } from './header-rule.ts';

const good = [
  'out add X-Carrier: gold; level=1',
  'out set User-Agent: PBX',
  'in remove P-Charging-Vector',
  'out rewrite From.user 00* +$1',
  'in rewrite P-Asserted-Identity.user +49* 0$1',
  'out rewrite Subject *secret* $1-$2',
];

test('a rule is read from a line and written as the same', () => {
  for (const line of good) {
    const rule = parseHeaderRule(line);
    assert.ok(typeof rule !== 'string', String(rule));
    assert.equal(formatHeaderRule(rule), line);
  }
});

const bad: readonly [line: string, why: RegExp][] = [
  ['out add Via: SIP/2.0/UDP evil', /may not touch Via/],
  ['out remove call-id', /may not touch call-id/],
  ['in set CSeq: 1 BYE', /may not touch CSeq/],
  ['out add Route: <sip:evil;lr>', /may not touch Route/],
  ['out rewrite Contact.user * x', /may not touch Contact/],
  ['out remove Content-Length', /may not touch/],
  ['out set Authorization: Digest x', /may not touch/],
  ['out set v: x', /long name/],
  ['out remove From', /may rewrite the user of From/],
  ['out rewrite From * <sip:x@y>', /may rewrite the user of From/],
  ['out add X-A: a\r\nVia: evil', /no control characters in its value/],
  ['out add X-A: a\0', /no control characters/],
  ['out rewrite Subject a\x07 b', /no control characters in its pattern/],
  ['out add X A: b', /names a header/],
  ['out add X-A', /is written as one of/],
  ['up add X-A: b', /begins with in or out/],
  ['out copy X-A b', /is written as one of/],
  ['out rewrite Subject a*b $2', /says \$2, and its pattern has 1 star/],
  ['out rewrite Subject *a*b*c* $1', /at most 3 stars/],
  [`out add X-A: ${'x'.repeat(513)}`, /1 to 512 characters/],
  ['out add X-A:', /1 to 512 characters/],
  ['', /is written as one of/],
];

test('what must not be changed, and what breaks out of its line, is refused in words', () => {
  for (const [line, why] of bad) {
    const rule = parseHeaderRule(line);
    assert.equal(typeof rule, 'string', line);
    assert.match(String(rule), why, line);
  }
});

test('a list has its limit, and says which rule is wrong', () => {
  const rule = { direction: 'out', does: 'remove', header: 'Subject' } as const;
  assert.equal(headerRulesProblem(Array.from({ length: 32 }, () => rule)), undefined);
  assert.match(headerRulesProblem(Array.from({ length: 33 }, () => rule)) ?? '', /at most 32/);
  assert.match(headerRulesProblem([rule, { ...rule, header: 'Via' }]) ?? '', /^2: a rule may not touch Via/);
});
