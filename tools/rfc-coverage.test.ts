import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareSections, findCitations } from './rfc/find-citations.ts';

const rfc = 'RFC'; // The vectors below are not citations of this file.
const rows: readonly [string, string[]][] = [
  [`/** ${rfc} 3261 §17.1.1.2. */`, ['3261 17.1.1.2']],
  [`// ${rfc} 3261 §18.1, §18.2; ${rfc} 3263 §4`, ['3261 18.1', '3261 18.2', '3263 4']],
  [`// ${rfc} 3261 §8.1 and §8.2 or §9`, ['3261 8.1', '3261 8.2', '3261 9']],
  [`// ${rfc} 3550 §A.1`, ['3550 A.1']],
  [`/**\n * see ${rfc} 3261\n * §12.2.1.1\n */`, ['3261 12.2.1.1']],
  [`test('${rfc} 4475 §3.1.1.1: a short tortuous INVITE', run)`, ['4475 3.1.1.1']],
  [`// as ${rfc} 3581 has it`, ['3581 ']],
  [`// ${rfc}3261 §1 and rfc 3261 §1 are not the house's form`, []],
];
for (const [text, expected] of rows)
  test(`citations in ${JSON.stringify(text)}`, () => {
    assert.deepEqual(
      findCitations(text).map((found) => `${found.rfc} ${found.section}`),
      expected,
    );
  });

test('sections are sorted as a reader counts', () => {
  const sections = ['10', '2', '', '17.1.1', '17.1', 'A.1', '17.1.10', '17.1.2', '3'];
  assert.deepEqual(sections.sort(compareSections), ['', '2', '3', '10', '17.1', '17.1.1', '17.1.2', '17.1.10', 'A.1']);
});
