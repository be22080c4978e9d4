import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { restoreBackup, writeBackup } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'ringdown-backup-'));
after(() => rmSync(root, { recursive: true }));
const certificates = join(root, 'live', 'certificates');
const keyFile = join(root, 'live', 'secret.key');
mkdirSync(certificates, { recursive: true });
writeFileSync(join(certificates, 'server.key'), 'a key');
writeFileSync(keyFile, 'the key');

const write = (name: string, more: object = {}) =>
  writeBackup({
    folder: join(root, name),
    places: { certificates, keyFile },
    version: '0.1.0',
    nowUtcMs: 1_800_000_000_000,
    copyDatabases: async (folder) => writeFileSync(join(folder, 'ringdown.db'), 'rows'),
    withKey: true,
    ...more,
  });

test('what was backed up comes back, readable by its owner only', async () => {
  const made = await write('one');
  assert.deepEqual([made.files, made.sizeBytes], [3, 'rows'.length + 'a key'.length + 'the key'.length]);
  assert.equal(statSync(join(root, 'one', 'secret.key')).mode & 0o777, 0o600);
  const restored = await restoreBackup(join(root, 'one'), join(root, 'new'));
  assert.deepEqual([restored.files, restored.hasKey, restored.madeAtUtcMs], [3, true, 1_800_000_000_000]);
  assert.equal(readFileSync(join(root, 'new', 'certificates', 'server.key'), 'utf8'), 'a key');
  assert.equal(statSync(join(root, 'new', 'certificates', 'server.key')).mode & 0o777, 0o600);
});

test('nothing is overwritten: neither an old backup nor a data folder in use', async () => {
  await write('two');
  await assert.rejects(write('two'), { code: 'backup.folder-exists' });
  mkdirSync(join(root, 'used'));
  writeFileSync(join(root, 'used', 'ringdown.db'), 'mine');
  await assert.rejects(restoreBackup(join(root, 'two'), join(root, 'used')), { code: 'backup.data-exists' });
  assert.equal(readFileSync(join(root, 'used', 'ringdown.db'), 'utf8'), 'mine');
});

test('a backup that fails leaves nothing half done, and the next one works', async () => {
  const full = async () => {
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  };
  await assert.rejects(write('three', { copyDatabases: full }), {
    code: 'backup.not-written',
    message: /no space left/,
  });
  await write('three');
});

test('the key may be kept apart', async () => {
  await write('four', { withKey: false });
  assert.equal((await restoreBackup(join(root, 'four'), join(root, 'four-data'))).hasKey, false);
});

test('a damaged, incomplete or foreign backup is refused before anything is written', async () => {
  await write('five');
  const restore = () => restoreBackup(join(root, 'five'), join(root, 'five-data'));
  writeFileSync(join(root, 'five', 'ringdown.db'), 'rot');
  await assert.rejects(restore(), { code: 'backup.damaged', message: /ringdown\.db is not what was written/ });
  rmSync(join(root, 'five', 'ringdown.db'));
  await assert.rejects(restore(), { code: 'backup.damaged', message: /ringdown\.db is missing/ });
  const manifest = join(root, 'five', 'backup.json');
  writeFileSync(manifest, JSON.stringify({ format: 1, files: { '../../escape': 'x' } }));
  await assert.rejects(restore(), { code: 'backup.unreadable' });
  writeFileSync(manifest, '{');
  await assert.rejects(restore(), { code: 'backup.unreadable' });
  assert.throws(() => statSync(join(root, 'five-data')));
});
