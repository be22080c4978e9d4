import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printFields, printResult, printTable } from './print-table.ts';

test('a table has a head, columns below each other, and nothing behind the last cell', () => {
  const rows = [
    { name: 'Ada', calls: 7 },
    { name: 'Bo', calls: 12 },
  ];
  const table = printTable(rows, [
    { head: 'NAME', of: ({ name }) => name },
    { head: 'CALLS', of: ({ calls }) => String(calls), align: 'right' },
  ]);
  assert.equal(table, 'NAME  CALLS\nAda       7\nBo       12');
});

test('an empty list says so, and nothing at all is done', () => {
  assert.equal(printResult([]), '(none)');
  assert.equal(printResult(null), 'done');
});

test('a list of objects becomes a table by the names of its rows', () => {
  const list = [
    { callId: 'call_1', legs: [{ codec: 'PCMU', quality: null }] },
    { callId: 'call_2', isUp: true },
  ];
  assert.equal(printResult(list), 'CALL ID  LEGS        IS UP\ncall_1   codec=PCMU  -\ncall_2   -           true');
});

test('an object is shown line by line', () => {
  assert.equal(printResult({ pid: 7, media: [] }), 'pid    7\nmedia');
  assert.equal(printFields([['a', undefined]]), 'a  -');
});

test("what strangers wrote moves nobody's cursor", () => {
  assert.equal(printResult([{ userAgent: '\x1b[2Jphone\r\n\u202eevil' }]), 'USER AGENT\n?[2Jphone???evil');
  assert.equal(printFields([['name', 'a\nb\x9b2J']]), 'name  a?b?2J');
});
