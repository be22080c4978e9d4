/** The key file in the data folder: one line per key, `ID BASE64`, newest last; made at first start, readable by its owner only. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RandomBytes } from '../ids/index.ts';
import { secretKeyInvalid } from './errors.ts';
import { createSecretBox, type SecretBox, type SecretKey } from './secret-box.ts';

/** Opens the file, or makes it with one key. Refuses a file that others may read. */
export function openKeyFile(file: string, random: RandomBytes): SecretBox {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${formatKey({ id: 'k1', bytes: newKey(random) })}\n`, { mode: 0o600, flag: 'wx' });
  }
  return createSecretBox(readKeys(file), random);
}

/** Adds a key; everything sealed from now on is under it, older texts still open. */
export function addKey(file: string, random: RandomBytes): SecretBox {
  const keys = readKeys(file);
  const key = { id: `k${keys.length + 1}`, bytes: newKey(random) };
  writeFileSync(file, `${[...keys, key].map(formatKey).join('\n')}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return createSecretBox([...keys, key] as unknown as readonly [SecretKey, ...SecretKey[]], random);
}

function readKeys(file: string): readonly [SecretKey, ...SecretKey[]] {
  if ((statSync(file).mode & 0o077) !== 0) throw secretKeyInvalid(file, 'others may read it (chmod 600)');
  const lines = readFileSync(file, 'utf8').split('\n');
  const keys = lines.filter((line) => line.trim() !== '').map((line) => parseKey(file, line));
  const [first, ...rest] = keys;
  if (first === undefined) throw secretKeyInvalid(file, 'it is empty');
  if (new Set(keys.map((key) => key.id)).size !== keys.length)
    throw secretKeyInvalid(file, 'two keys have the same name');
  return [first, ...rest];
}

function parseKey(file: string, line: string): SecretKey {
  const [id = '', text = ''] = line.trim().split(' ');
  const bytes = Buffer.from(text, 'base64');
  if (!/^[a-z0-9]+$/.test(id) || bytes.length !== 32)
    throw secretKeyInvalid(file, 'a line is not "NAME 32-BYTES-IN-BASE64"');
  return { id, bytes };
}

function formatKey(key: SecretKey): string {
  return `${key.id} ${Buffer.from(key.bytes).toString('base64')}`;
}

function newKey(random: RandomBytes): Uint8Array {
  const bytes = new Uint8Array(32);
  random.fill(bytes);
  return bytes;
}
