/** What every implementation of ConfigurationStore, ConfigurationLoader and EventOutbox does. Run by each backend's own test file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventSource, eventType } from '#base/events';
import type { CommitOutcome, RecordChange } from '#services/configuration';
import { type ContractScene, type OpenBackend, openScene } from './contract-scene.test.ts';

const user = (id: string, extension: string, expectVersion = 0): RecordChange => ({
  kind: 'user',
  id,
  expectVersion,
  after: { extension, displayName: `User ${extension}`, languages: ['en'] },
});
const remove = (kind: string, id: string, expectVersion: number): RecordChange => ({
  kind,
  id,
  expectVersion,
  after: null,
});

function committed(outcome: CommitOutcome): CommitOutcome & { kind: 'committed' } {
  if (outcome.kind !== 'committed') assert.fail(`refused: ${JSON.stringify(outcome)}`);
  return outcome;
}

type Row = readonly [title: string, body: (scene: ContractScene) => Promise<void>];

const versions: readonly Row[] = [
  [
    'a record is made with version 1, changed with version 2, and read back',
    async ({ commit, backend, ours, ids }) => {
      const id = ids.next('user');
      committed(await commit(ours, [user(id, '100')]));
      const second = committed(await commit(ours, [user(id, '101', 1)]));
      assert.deepEqual(second.changes, [{ kind: 'user', id, version: 2, deleted: false }]);
      assert.deepEqual(await backend.configuration.read(ours, 'user', id), {
        tenant: ours,
        kind: 'user',
        id,
        version: 2,
        body: { extension: '101', displayName: 'User 101', languages: ['en'] },
      });
    },
  ],
  [
    'of two changes made on the same version one wins and the other learns what stands',
    async ({ commit, backend, ours, ids }) => {
      const id = ids.next('user');
      await commit(ours, [user(id, '100')]);
      const outcomes = await Promise.all([commit(ours, [user(id, '101', 1)]), commit(ours, [user(id, '102', 1)])]);
      const kinds = outcomes.map((outcome) => outcome.kind).sort();
      assert.deepEqual(kinds, ['committed', 'conflict']);
      const loser = outcomes.find((outcome) => outcome.kind === 'conflict');
      assert.deepEqual(loser, { kind: 'conflict', record: { kind: 'user', id }, version: 2 });
      assert.equal((await backend.configuration.read(ours, 'user', id))?.version, 2);
    },
  ],
  [
    'a deleted record is gone; deleting or changing it again is a conflict with version 0',
    async ({ commit, backend, ours, ids }) => {
      const id = ids.next('user');
      await commit(ours, [user(id, '100')]);
      committed(await commit(ours, [remove('user', id, 1)]));
      assert.equal(await backend.configuration.read(ours, 'user', id), undefined);
      assert.deepEqual(await commit(ours, [remove('user', id, 1)]), {
        kind: 'conflict',
        record: { kind: 'user', id },
        version: 0,
      });
    },
  ],
  [
    'a commit is all or nothing: one refused change leaves no trace of the others',
    async ({ commit, backend, ours, ids }) => {
      const [a, b] = [ids.next('user'), ids.next('user')];
      const outcome = await commit(ours, [user(a, '100'), user(b, '101', 7)]);
      assert.equal(outcome.kind, 'conflict');
      assert.equal(await backend.configuration.read(ours, 'user', a), undefined);
      assert.equal((await backend.configuration.revisions(ours, { limit: 10 })).length, 1);
    },
  ],
];

const rules: readonly Row[] = [
  [
    'a unique value is refused and its holder named; it is free again once changed or deleted',
    async ({ commit, ours, ids }) => {
      const [a, b] = [ids.next('user'), ids.next('user')];
      await commit(ours, [user(a, '100')]);
      const taken = { kind: 'taken', record: { kind: 'user', id: b }, fields: ['extension'], by: a };
      assert.deepEqual(await commit(ours, [user(b, '100')]), taken);
      committed(await commit(ours, [user(a, '200', 1)]));
      committed(await commit(ours, [user(b, '100')]));
      committed(await commit(ours, [remove('user', a, 2)]));
      committed(await commit(ours, [user(b, '200', 1)]));
    },
  ],
  [
    'two records exchange a unique value within one commit; two new ones with the same are refused',
    async ({ commit, ours, ids }) => {
      const [a, b, c, d] = [ids.next('user'), ids.next('user'), ids.next('user'), ids.next('user')];
      await commit(ours, [user(a, '100'), user(b, '101')]);
      committed(await commit(ours, [user(a, '101', 1), user(b, '100', 1)]));
      assert.equal((await commit(ours, [user(c, '300'), user(d, '300')])).kind, 'taken');
    },
  ],
  [
    'a null field takes part in no unique rule',
    async ({ commit, ours, ids }) => {
      const domain = (name: string): RecordChange => {
        const after = { name, aliasOf: null, ownAddresses: null };
        return { kind: 'domain', id: ids.next('domain'), expectVersion: 0, after };
      };
      committed(await commit(ours, [domain('a.test'), domain('b.test')]));
    },
  ],
  [
    'a reference must lead somewhere, within the same commit or before',
    async ({ commit, ours, ids }) => {
      const [owner, number] = [ids.next('user'), ids.next('number')];
      const destination = { to: 'user', user: owner };
      const after = { digits: '100', e164: null, kind: 'extension', label: '', destination };
      const change: RecordChange = { kind: 'number', id: number, expectVersion: 0, after };
      assert.deepEqual(await commit(ours, [change]), {
        kind: 'dangling',
        record: { kind: 'number', id: number },
        field: 'destination.user',
      });
      committed(await commit(ours, [change, user(owner, '100')]));
      assert.deepEqual(await commit(ours, [remove('user', owner, 1)]), {
        kind: 'in-use',
        record: { kind: 'user', id: owner },
        by: { kind: 'number', id: number },
      });
      committed(await commit(ours, [remove('user', owner, 1), remove('number', number, 1)]));
    },
  ],
  [
    'records of a tenant that does not exist are refused, and a tenant with records is not deleted',
    async ({ commit, ours, ids }) => {
      const nobody = ids.next('tenant');
      const id = ids.next('user');
      const refused = { kind: 'dangling', record: { kind: 'user', id }, field: 'tenant' };
      assert.deepEqual(await commit(nobody, [user(id, '100')]), refused);
      await commit(ours, [user(id, '100')]);
      assert.equal((await commit(ours, [remove('tenant', ours, 1)])).kind, 'in-use');
    },
  ],
];

const tenancy: readonly Row[] = [
  [
    'another tenant neither reads, changes, deletes nor lists our records',
    async ({ commit, backend, ours, theirs, ids }) => {
      const id = ids.next('user');
      await commit(ours, [user(id, '100')]);
      assert.equal(await backend.configuration.read(theirs, 'user', id), undefined);
      assert.deepEqual(await backend.configuration.list(theirs, 'user', { limit: 10 }), []);
      assert.deepEqual(await commit(theirs, [user(id, '999', 1)]), {
        kind: 'conflict',
        record: { kind: 'user', id },
        version: 0,
      });
      assert.equal((await commit(theirs, [remove('user', id, 1)])).kind, 'conflict');
      assert.equal((await backend.configuration.read(ours, 'user', id))?.version, 1);
    },
  ],
  [
    'the same extension stands in two tenants, the same domain name does not, and its holder is not told',
    async ({ commit, ours, theirs, ids }) => {
      committed(await commit(ours, [user(ids.next('user'), '100')]));
      committed(await commit(theirs, [user(ids.next('user'), '100')]));
      const after = { name: 'pbx.test', aliasOf: null, ownAddresses: null };
      const domain = (): RecordChange => ({ kind: 'domain', id: ids.next('domain'), expectVersion: 0, after });
      committed(await commit(ours, [domain()]));
      const outcome = await commit(theirs, [domain()]);
      assert.equal(outcome.kind, 'taken');
      assert.equal('by' in outcome, false);
    },
  ],
  [
    'a reference to a record of another tenant is dangling',
    async ({ commit, ours, theirs, ids }) => {
      const owner = ids.next('user');
      await commit(ours, [user(owner, '100')]);
      const destination = { to: 'user', user: owner };
      const after = { digits: '100', e164: null, kind: 'extension', label: '', destination };
      const outcome = await commit(theirs, [{ kind: 'number', id: ids.next('number'), expectVersion: 0, after }]);
      assert.equal(outcome.kind, 'dangling');
    },
  ],
  [
    "revisions are numbered per tenant and one tenant does not see the other's",
    async ({ commit, backend, ours, theirs, ids }) => {
      const first = committed(await commit(ours, [user(ids.next('user'), '100')]));
      const second = committed(await commit(theirs, [user(ids.next('user'), '100')]));
      assert.deepEqual([first.revision, second.revision], [2, 2]);
      const seen = await backend.configuration.revisions(theirs, { limit: 10 });
      assert.deepEqual(new Set(seen.map((revision) => revision.tenant)), new Set([theirs]));
    },
  ],
];

const revisions: readonly Row[] = [
  [
    'a revision holds author, time, summary, before and after, newest first, in pages',
    async ({ commit, backend, ours, ids }) => {
      const id = ids.next('user');
      await commit(ours, [user(id, '100')], { summary: 'user.create' });
      await commit(ours, [user(id, '101', 1)], { summary: 'user.update', author: 'usr_x' });
      const [latest, ...older] = await backend.configuration.revisions(ours, { limit: 2 });
      assert.equal(latest?.number, 3);
      assert.equal(older[0]?.summary, 'user.create');
      const { author, utcMs, summary, changes } = latest;
      assert.deepEqual(
        { author, utcMs, summary },
        { author: 'usr_x', utcMs: 1_700_000_000_123, summary: 'user.update' },
      );
      const body = (extension: string) => ({ extension, displayName: `User ${extension}`, languages: ['en'] });
      const change = { kind: 'user', id, version: 2, deleted: false, before: body('100'), after: body('101') };
      assert.deepEqual(changes, [change]);
      const before = await backend.configuration.revisions(ours, { before: 2, limit: 10 });
      assert.deepEqual(
        before.map((revision) => revision.number),
        [1],
      );
    },
  ],
  [
    'sealed fields never stand in a revision',
    async ({ commit, backend, ours, ids }) => {
      const id = ids.next('trunk');
      const change = (password: string | null, expectVersion: number): RecordChange => {
        return { kind: 'trunk', id, expectVersion, after: { name: 'carrier', password } };
      };
      await commit(ours, [change('v1.sealed-one', 0)]);
      await commit(ours, [change(null, 1)]);
      const text = JSON.stringify(await backend.configuration.revisions(ours, { limit: 10 }));
      assert.ok(!text.includes('sealed-one'));
      assert.ok(text.includes('"before":{"name":"carrier","password":"(sealed)"}'));
      assert.ok(text.includes('"after":{"name":"carrier","password":null}'));
    },
  ],
  [
    'the same idempotency key gives the first outcome again and changes nothing',
    async ({ commit, backend, ours, ids }) => {
      const idempotency = { key: 'k-1', fingerprint: 'create 100' };
      const id = ids.next('user');
      const first = committed(await commit(ours, [user(id, '100')], { idempotency }));
      const again = committed(await commit(ours, [user(ids.next('user'), '100')], { idempotency }));
      assert.deepEqual({ ...again, replayed: false }, { ...first, replayed: false });
      assert.equal(again.replayed, true);
      assert.equal((await backend.configuration.list(ours, 'user', { limit: 10 })).length, 1);
      const other = await commit(ours, [user(id, '100')], { idempotency: { key: 'k-1', fingerprint: 'create 200' } });
      assert.deepEqual(other, { kind: 'key-reused', revision: first.revision });
    },
  ],
  [
    'an idempotency key of one tenant means nothing to another',
    async ({ commit, ours, theirs, ids }) => {
      const idempotency = { key: 'k-1', fingerprint: 'x' };
      committed(await commit(ours, [user(ids.next('user'), '100')], { idempotency }));
      assert.equal(committed(await commit(theirs, [user(ids.next('user'), '100')], { idempotency })).replayed, false);
    },
  ],
];

const reading: readonly Row[] = [
  [
    'lists come in order of id, in pages, without gaps or repetition; loading sees all tenants',
    async ({ commit, backend, ours, theirs, ids }) => {
      const made = Array.from({ length: 7 }, (_, i) => user(ids.next('user'), String(100 + i)));
      await commit(ours, made);
      await commit(theirs, [user(ids.next('user'), '100')]);
      const seen: string[] = [];
      let afterId: string | undefined;
      do {
        const wanted = afterId === undefined ? { limit: 3 } : { afterId, limit: 3 };
        const page = await backend.configuration.list(ours, 'user', wanted);
        seen.push(...page.map((record) => record.id));
        afterId = page.at(-1)?.id;
      } while (afterId !== undefined);
      assert.deepEqual(
        seen,
        made.map((change) => change.id),
      );
      const loaded = await backend.configuration.load('user', { limit: 100 });
      assert.deepEqual(
        loaded.map((record) => record.tenant),
        [...made.map(() => ours), theirs],
      );
    },
  ],
  [
    'what was read is a copy: changing it changes nothing that is stored',
    async ({ commit, backend, ours, ids }) => {
      const id = ids.next('user');
      await commit(ours, [user(id, '100')]);
      const read = await backend.configuration.read(ours, 'user', id);
      (read!.body as { languages: string[] }).languages.push('xx');
      const again = await backend.configuration.read(ours, 'user', id);
      assert.deepEqual((again!.body as { languages: string[] }).languages, ['en']);
    },
  ],
  [
    'text of any script and control characters comes back as it went in',
    async ({ commit, backend, ours, ids }) => {
      const id = ids.next('user');
      const displayName = 'Zoë "O\'Hara" \\ 田中 \u{1F4DE} ; -- \n';
      await commit(ours, [{ kind: 'user', id, expectVersion: 0, after: { extension: '1', displayName } }]);
      assert.deepEqual((await backend.configuration.read(ours, 'user', id))?.body, { extension: '1', displayName });
    },
  ],
];

const outbox: readonly Row[] = [
  [
    'durable events come out of the outbox in order, only of commits that were made, once per commit',
    async ({ commit, backend, ours, ids }) => {
      const created = eventType<{ n: number }>()('user.created', 'durable');
      const source = createEventSource({ nowUtcMs: () => 5 }, ids);
      const event = (n: number) => source.event(created, { tenant: ours, data: { n } });
      const id = ids.next('user');
      const idempotency = { key: 'k', fingerprint: 'f' };
      await commit(ours, [user(id, '100')], { events: [event(1), event(2)], idempotency });
      await commit(ours, [user(id, '100')], { events: [event(3)], idempotency });
      await commit(ours, [user(id, '101', 9)], { events: [event(4)] });
      await commit(ours, [user(id, '101', 1)], { events: [event(5)] });
      const entries = await backend.outbox.after(0, 10);
      assert.deepEqual(
        entries.map((entry) => entry.event.data),
        [{ n: 1 }, { n: 2 }, { n: 5 }],
      );
      assert.equal(entries[0]?.event.tenant, ours);
      const second = entries[1]?.position ?? 0;
      assert.deepEqual(
        (await backend.outbox.after(second, 10)).map((entry) => entry.event.data),
        [{ n: 5 }],
      );
      await backend.outbox.forgetThrough(second);
      assert.equal((await backend.outbox.after(0, 10)).length, 1);
      assert.equal((await backend.outbox.after(0, 0)).length, 0);
    },
  ],
];

export function configurationContract(backendName: string, open: OpenBackend): void {
  for (const [title, body] of [...versions, ...rules, ...tenancy, ...revisions, ...reading, ...outbox]) {
    test(`configuration on ${backendName}: ${title}`, async () => {
      const scene = await openScene(open);
      try {
        await body(scene);
      } finally {
        await scene.backend.close();
      }
    });
  }
}
