import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createIdSource, createSeededRandom } from '#base/ids';
import { bindingsContract } from '../contract/bindings-contract.test.ts';
import { cdrsContract } from '../contract/cdrs-contract.test.ts';
import { configurationContract } from '../contract/configuration-contract.test.ts';
import { contractKinds, type OpenBackend } from '../contract/contract-scene.test.ts';
import { openEmbeddedStorage } from './index.ts';

const root = mkdtempSync(join(tmpdir(), 'ringdown-storage-'));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

const openAt = (folder: string, kinds = contractKinds) =>
  openEmbeddedStorage({
    folder,
    kinds,
    nowUtcMs: 1_700_000_000_000,
    onLogFault: (error) => assert.fail(String(error)),
    onFailure: (error) => assert.fail(error.message),
  });
const open: OpenBackend = (kinds) => openAt(join(root, String(++folders)), kinds);

configurationContract('embedded', open);
bindingsContract('embedded', open);
cdrsContract('embedded', open);

const ids = createIdSource({ nowUtcMs: () => 1_700_000_000_000 }, createSeededRandom(2));
const tenant = ids.next('tenant');
const commitOf = (id: string, kind: string, after: object) => ({
  revision: ids.next('revision'),
  author: 'tester',
  utcMs: 1,
  summary: 'test',
  changes: [{ kind, id, expectVersion: 0, after }],
});

test('everything is there again after closing and opening; files are for their owner only', async () => {
  const folder = join(root, 'again');
  const first = await openAt(folder);
  await first.configuration.commit(tenant, commitOf(tenant, 'tenant', { name: 'ours' }));
  await first.bindings.save([{ tenant, aor: '100@a.test', bindings: [] }]);
  await first.close();
  const second = await openAt(folder);
  assert.deepEqual((await second.configuration.read(tenant, 'tenant', tenant))?.body, { name: 'ours' });
  assert.equal((await second.configuration.revisions(tenant, { limit: 5 })).length, 1);
  assert.equal(statSync(join(folder, 'ringdown.db')).mode & 0o777, 0o600);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  await second.close();
});

test('a thousand calls at once are all carried out, in the order they were made', async () => {
  const storage = await openAt(join(root, 'many'));
  await storage.configuration.commit(tenant, commitOf(tenant, 'tenant', { name: 'ours' }));
  const commits = Array.from({ length: 1_000 }, (_, i) =>
    storage.configuration.commit(tenant, commitOf(ids.next('user'), 'user', { extension: String(i) })),
  );
  const outcomes = await Promise.all(commits);
  const numbers = outcomes.map((outcome) => (outcome.kind === 'committed' ? outcome.revision : 0));
  assert.deepEqual(
    numbers,
    Array.from({ length: 1_000 }, (_, i) => i + 2),
  );
  await storage.close();
});

test('a call that fails takes nothing with it, though it shares a transaction with others', async () => {
  const storage = await openAt(join(root, 'failing'));
  await storage.configuration.commit(tenant, commitOf(tenant, 'tenant', { name: 'ours' }));
  const used = commitOf(ids.next('user'), 'user', { extension: '0' });
  await storage.configuration.commit(tenant, used);
  const results = await Promise.allSettled([
    storage.configuration.commit(tenant, commitOf(ids.next('user'), 'user', { extension: '1' })),
    storage.configuration.commit(tenant, commitOf('x', 'no-such-kind', {})),
    // Fails after it wrote its record: a revision's id is unique.
    storage.configuration.commit(tenant, {
      ...commitOf(ids.next('user'), 'user', { extension: '3' }),
      revision: used.revision,
    }),
    storage.configuration.commit(tenant, commitOf(ids.next('user'), 'user', { extension: '2' })),
  ]);
  assert.deepEqual(
    results.map((result) => result.status),
    ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
  );
  assert.equal((results[1] as PromiseRejectedResult).reason.code, 'internal.misuse');
  assert.equal((results[2] as PromiseRejectedResult).reason.code, 'storage.failed');
  const users = await storage.configuration.list(tenant, 'user', { limit: 9 });
  assert.deepEqual(
    users.map(({ body }) => (body as { extension: string }).extension),
    ['0', '1', '2'],
  );
  await storage.close();
});

test('close waits for what is under way and refuses what comes later', async () => {
  const folder = join(root, 'closing');
  const storage = await openAt(folder);
  const under = storage.configuration.commit(tenant, commitOf(tenant, 'tenant', { name: 'ours' }));
  const closing = storage.close();
  await assert.rejects(storage.outbox.after(0, 1), { code: 'storage.closed' });
  assert.equal((await under).kind, 'committed');
  await closing;
});

test('a folder that cannot hold a database, or a damaged file, is refused with a code', async () => {
  const file = join(root, 'a-file');
  writeFileSync(file, 'x');
  await assert.rejects(openAt(file), { code: 'storage.not-opened' });
  const folder = join(root, 'damaged');
  mkdirSync(folder);
  writeFileSync(join(folder, 'ringdown.db'), 'this is no database, and long enough to be looked at'.repeat(40));
  await assert.rejects(openAt(folder), { code: 'storage.not-opened' });
});

test('kill -9: every commit that was acknowledged is there afterwards, and so are bindings', () => {
  const folder = join(root, 'killed');
  const script = `
    import { openEmbeddedStorage } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    import { contractKinds } from ${JSON.stringify(new URL('../contract/contract-scene.test.ts', import.meta.url).href)};
    const storage = await openEmbeddedStorage({ folder: ${JSON.stringify(folder)}, kinds: contractKinds, nowUtcMs: 1, onLogFault() {}, onFailure() {} });
    const commit = (id, kind, after) => storage.configuration.commit(${JSON.stringify(tenant)}, {
      revision: 'rev_' + id, author: 'x', utcMs: 1, summary: 'x', changes: [{ kind, id, expectVersion: 0, after }] });
    await commit(${JSON.stringify(tenant)}, 'tenant', { name: 'ours' });
    for (let i = 0; i < 20; i++) await commit('usr_' + i, 'user', { extension: String(i) });
    const setOf = (aor) => [{ tenant: ${JSON.stringify(tenant)}, aor, bindings: [{ contact: 'sip:1' }] }];
    await storage.bindings.save(setOf('100@a.test'));
    storage.bindingLog.append(setOf('101@a.test'));
    process.kill(process.pid, 'SIGKILL');
  `;
  const child = spawnSync(process.execPath, ['--conditions=ringdown-source', '-e', script], {
    encoding: 'utf8',
  });
  assert.equal(child.signal, 'SIGKILL', child.stderr);
  return openAt(folder).then(async (storage) => {
    assert.equal((await storage.configuration.list(tenant, 'user', { limit: 99 })).length, 20);
    assert.equal((await storage.bindings.read(tenant, '100@a.test'))[0]?.contact, 'sip:1');
    assert.deepEqual(
      storage.bindingLog.read().map(({ aor, bindings }) => [aor, bindings.length]),
      [['101@a.test', 1]],
    );
    await storage.close();
  });
});
