/** The examples of the RFCs, for the tests of this package; each begins with `# section role who`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

export interface Vector {
  readonly section: string;
  readonly role: string;
  readonly who: string;
  /** With CRLF. */
  readonly text: string;
}

export function readVectors(file: string): Vector[] {
  const parts = readFileSync(new URL(file, import.meta.url), 'utf8').split(/^# /m);
  return parts.slice(1).map((part) => {
    const [title = '', ...lines] = part.split('\n');
    const [section = '', role = '', who = ''] = title.split(' ');
    return { section, role, who, text: lines.join('\r\n') };
  });
}

test('no example is lost', () => {
  const counts = ['rfc3264.txt', 'rfc4317.txt', 'rfc8866.txt'].map((file) => readVectors(file).length);
  assert.deepEqual(counts, [8, 54, 4]);
});
