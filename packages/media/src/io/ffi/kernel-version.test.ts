import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKernelOlder } from './kernel-version.ts';

for (const [release, isOlder] of [
  ['6.1.0-13-amd64', false],
  ['6.0.19', true],
  ['5.15.0-1051-azure', true],
  ['4.4.0', true],
  ['6.18.44', false],
  ['10.0', false],
  ['unknown', false],
] as const)
  test(`kernel ${release} is ${isOlder ? '' : 'not '}older than 6.1`, () => {
    assert.equal(isKernelOlder(release, [6, 1]), isOlder);
  });
