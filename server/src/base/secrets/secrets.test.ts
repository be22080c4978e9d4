import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createSeededRandom } from '../ids/index.ts';
import { addKey, createSecretBox, openKeyFile } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'ringdown-secrets-'));
after(() => rmSync(root, { recursive: true }));
const random = createSeededRandom(9);
const key = (id: string, fill: number) => ({ id, bytes: new Uint8Array(32).fill(fill) });

test('what was sealed opens in its context only, and two sealings differ', () => {
  const box = createSecretBox([key('k1', 1)], random);
  const sealed = box.seal('pässword', 'device/1/ha1Md5');
  assert.equal(box.open(sealed, 'device/1/ha1Md5'), 'pässword');
  assert.notEqual(box.seal('pässword', 'device/1/ha1Md5'), sealed);
  assert.ok(!sealed.includes('ssword'));
  assert.throws(() => box.open(sealed, 'device/2/ha1Md5'), { code: 'secrets.not-opened' });
});

test('a changed, shortened or foreign text does not open', () => {
  const box = createSecretBox([key('k1', 1)], random);
  const sealed = box.seal('secret', 'c');
  const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
  const bad = [
    flip(sealed, sealed.length - 4),
    flip(sealed, 7),
    sealed.slice(0, -8),
    's1.k1..',
    's2.k1.a.b',
    '',
    `${sealed}.x`,
  ];
  for (const text of bad) assert.throws(() => box.open(text, 'c'), { code: 'secrets.not-opened' }, text);
});

test('a text sealed under an older key opens and is known as stale; without its key it does not open', () => {
  const sealed = createSecretBox([key('k1', 1)], random).seal('secret', 'c');
  const box = createSecretBox([key('k1', 1), key('k2', 2)], random);
  assert.equal(box.open(sealed, 'c'), 'secret');
  assert.equal(box.isStale(sealed), true);
  assert.equal(box.isStale(box.seal('secret', 'c')), false);
  assert.throws(() => createSecretBox([key('k2', 2)], random).open(sealed, 'c'), { code: 'secrets.not-opened' });
});

test('the key file is made once, for its owner only, and read again', () => {
  const file = join(root, 'new', 'secret.key');
  const sealed = openKeyFile(file, random).seal('secret', 'c');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(openKeyFile(file, random).open(sealed, 'c'), 'secret');
  const rotated = addKey(file, random);
  assert.equal(rotated.isStale(sealed), true);
  assert.equal(openKeyFile(file, random).open(rotated.seal('x', 'c'), 'c'), 'x');
  assert.equal(openKeyFile(file, random).open(sealed, 'c'), 'secret');
});

test('a key file that others may read, that is empty or damaged is refused', () => {
  const file = join(root, 'bad.key');
  const cases: readonly [string, number][] = [
    [`k1 ${Buffer.alloc(32).toString('base64')}`, 0o644],
    ['', 0o600],
    ['k1 AAAA', 0o600],
    [`k1 ${Buffer.alloc(32).toString('base64')}\nk1 ${Buffer.alloc(32, 1).toString('base64')}`, 0o600],
  ];
  for (const [text, mode] of cases) {
    writeFileSync(file, text);
    chmodSync(file, mode);
    assert.throws(() => openKeyFile(file, random), { code: 'secrets.key-file-invalid' });
  }
});
