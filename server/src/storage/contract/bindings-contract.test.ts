/** What every implementation of BindingStore and BindingLoader does. Run by each backend's own test file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StoredBinding } from '#services/registrar';
import { type ContractScene, type OpenBackend, openScene } from './contract-scene.test.ts';

const binding = (contact: string): StoredBinding => ({
  contact,
  contactKey: contact,
  callId: 'c1',
  cseq: 7,
  q: 0.5,
  expiresUtcMs: 1_700_000_060_000,
  grantedSec: 60,
  registeredUtcMs: 1_700_000_000_000,
  instance: '<urn:uuid:1>',
  regId: 1,
  path: ['<sip:edge.test;lr>'],
  nat: true,
  flow: {
    id: 3,
    kind: 'udp',
    remoteAddress: '192.0.2.9',
    remotePort: 5062,
    localAddress: '192.0.2.1',
    localPort: 5060,
  },
});

const rows: readonly (readonly [string, (scene: ContractScene) => Promise<void>])[] = [
  [
    'the last save of an AOR wins, whole',
    async ({ backend: { bindings }, ours }) => {
      await bindings.save([{ tenant: ours, aor: '100@a.test', bindings: [binding('sip:1'), binding('sip:2')] }]);
      await bindings.save([{ tenant: ours, aor: '100@a.test', bindings: [binding('sip:3')] }]);
      assert.deepEqual(await bindings.read(ours, '100@a.test'), [binding('sip:3')]);
    },
  ],
  [
    'saving none forgets the AOR; an unknown AOR has none',
    async ({ backend: { bindings }, ours }) => {
      await bindings.save([{ tenant: ours, aor: '100@a.test', bindings: [binding('sip:1')] }]);
      await bindings.save([{ tenant: ours, aor: '100@a.test', bindings: [] }]);
      assert.deepEqual(await bindings.read(ours, '100@a.test'), []);
      assert.deepEqual(await bindings.read(ours, '101@a.test'), []);
      assert.deepEqual(await bindings.load({ limit: 10 }), []);
    },
  ],
  [
    "another tenant's same AOR is another AOR",
    async ({ backend: { bindings }, ours, theirs }) => {
      await bindings.save([{ tenant: ours, aor: '100@a.test', bindings: [binding('sip:ours')] }]);
      assert.deepEqual(await bindings.read(theirs, '100@a.test'), []);
      await bindings.save([{ tenant: theirs, aor: '100@a.test', bindings: [] }]);
      assert.equal((await bindings.read(ours, '100@a.test')).length, 1);
    },
  ],
  [
    'one save replaces many AORs, of several tenants',
    async ({ backend: { bindings }, ours, theirs }) => {
      await bindings.save([{ tenant: ours, aor: '100@a.test', bindings: [binding('sip:old')] }]);
      await bindings.save([
        { tenant: ours, aor: '100@a.test', bindings: [] },
        { tenant: ours, aor: '101@a.test', bindings: [binding('sip:1'), binding('sip:2')] },
        { tenant: theirs, aor: '100@a.test', bindings: [binding('sip:3')] },
      ]);
      assert.deepEqual(await bindings.read(ours, '100@a.test'), []);
      assert.deepEqual(await bindings.read(ours, '101@a.test'), [binding('sip:1'), binding('sip:2')]);
      assert.deepEqual(await bindings.read(theirs, '100@a.test'), [binding('sip:3')]);
    },
  ],
  [
    'loading sees every AOR of every tenant once, in pages',
    async ({ backend: { bindings }, ours, theirs }) => {
      const saved: string[] = [];
      for (const tenant of [ours, theirs]) {
        for (let i = 0; i < 5; i++) {
          saved.push(`${tenant} ${i}@a.test`);
          await bindings.save([{ tenant: tenant, aor: `${i}@a.test`, bindings: [binding(`sip:${i}`)] }]);
        }
      }
      const seen: string[] = [];
      let page = await bindings.load({ limit: 3 });
      while (page.length > 0) {
        seen.push(...page.map(({ tenant, aor }) => `${tenant} ${aor}`));
        const last = page.at(-1);
        page =
          last === undefined ? [] : await bindings.load({ after: { tenant: last.tenant, aor: last.aor }, limit: 3 });
      }
      assert.deepEqual(seen.sort(), saved.sort());
    },
  ],
];

export function bindingsContract(backendName: string, open: OpenBackend): void {
  for (const [title, body] of rows) {
    test(`bindings on ${backendName}: ${title}`, async () => {
      const scene = await openScene(open);
      try {
        await body(scene);
      } finally {
        await scene.backend.close();
      }
    });
  }
}
