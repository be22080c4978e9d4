/** What every implementation of CdrStore does. Run by each backend's own test file. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventEnvelope } from '#base/events';
import type { CallId, TenantId } from '#base/ids';
import { type CallState, endCause } from '#engine/calls';
import { type Cdr, type CdrQuery, cdrFromCall } from '#services/cdr';
import { type ContractScene, type OpenBackend, openScene } from './contract-scene.test.ts';

const startUtcMs = 1_700_000_000_000;
const party = (user: string) => ({ displayName: '', user, host: 'a.test' });

/** A record of a call of `tenant`, of two minutes and begun `afterSec` into the scene. */
function recordOf(scene: ContractScene, tenant: TenantId, from: string, to: string, afterSec = 0): Cdr {
  const legId = scene.ids.next('leg');
  const createdUtcMs = startUtcMs + afterSec * 1000;
  const cause = endCause(to === '404' ? 'not-found' : 'normal-clearing');
  const caller = {
    legId,
    edge: 'sip',
    role: 'caller',
    party: party(from),
    destination: null,
    media: { codec: 'PCMU' },
  };
  const times = { startedUtcMs: createdUtcMs, rangUtcMs: null, answeredUtcMs: createdUtcMs + 10, endedUtcMs: null };
  return cdrFromCall({
    callId: scene.ids.next('call'),
    tenantId: tenant,
    origin: { kind: 'user', userId: scene.ids.next('user') },
    from: party(from),
    to: party(to),
    createdUtcMs,
    endedUtcMs: createdUtcMs + 120_000,
    identity: null,
    plan: { kind: 'serve', service: 'echo' },
    media: { state: 'none' },
    cause,
    legs: [{ ...caller, ...times, cause, joins: [], quality: null, ...(to === '404' ? { answeredUtcMs: null } : {}) }],
  } as unknown as CallState);
}

function eventOf({ ids }: ContractScene, { tenantId, callId }: Cdr): EventEnvelope {
  const id = ids.next('event');
  return {
    id,
    type: 'cdr.recorded',
    version: 1,
    durability: 'durable',
    tenant: tenantId,
    call: callId,
    utcMs: 1,
    data: {},
  };
}

const rows: readonly (readonly [string, (scene: ContractScene) => Promise<void>])[] = [
  [
    'what was inserted is found again, whole, legs and all',
    async (scene) => {
      const cdr = recordOf(scene, scene.ours, '101', '600');
      await scene.backend.cdrs.insert(scene.ours, cdr, []);
      assert.deepEqual(await scene.backend.cdrs.find(scene.ours, cdr.callId), cdr);
      assert.equal(await scene.backend.cdrs.find(scene.ours, scene.ids.next('call')), undefined);
    },
  ],
  [
    'inserting the same call again changes nothing, and its event is told once',
    async (scene) => {
      const { cdrs, outbox } = scene.backend;
      const cdr = recordOf(scene, scene.ours, '101', '600');
      await cdrs.insert(scene.ours, cdr, [eventOf(scene, cdr)]);
      assert.equal(await cdrs.insert(scene.ours, { ...cdr, talkMs: 7 }, [eventOf(scene, cdr)]), 'known');
      assert.deepEqual(await cdrs.find(scene.ours, cdr.callId), cdr);
      const told = (await outbox.after(0, 100)).filter(({ event }) => event.call === cdr.callId);
      assert.deepEqual(
        told.map(({ event }) => event.type),
        ['cdr.recorded'],
      );
    },
  ],
  [
    "another tenant's calls are neither listed nor found, even by the same id",
    async (scene) => {
      const { cdrs } = scene.backend;
      const own = recordOf(scene, scene.ours, '101', '600');
      const other: Cdr = { ...recordOf(scene, scene.theirs, '101', '601'), callId: own.callId };
      await cdrs.insert(scene.ours, own, []);
      assert.equal(await cdrs.find(scene.theirs, own.callId), undefined);
      assert.deepEqual(await cdrs.list(scene.theirs, { limit: 10 }), []);
      await cdrs.insert(scene.theirs, other, []);
      assert.equal((await cdrs.find(scene.ours, own.callId))?.to.user, '600');
      assert.equal((await cdrs.find(scene.theirs, own.callId))?.to.user, '601');
    },
  ],
  [
    'a list is newest first, without the graph, in pages',
    async (scene) => {
      const { cdrs } = scene.backend;
      const made: Cdr[] = [];
      for (let i = 0; i < 5; i++) made.push(recordOf(scene, scene.ours, '101', '600', i));
      for (const cdr of [...made].reverse()) await cdrs.insert(scene.ours, cdr, []);
      const seen: CallId[] = [];
      let page = await cdrs.list(scene.ours, { limit: 2 });
      assert.equal('legs' in (page[0] ?? {}), false);
      while (page.length > 0) {
        seen.push(...page.map(({ callId }) => callId));
        const last = page.at(-1);
        page = last === undefined ? [] : await cdrs.list(scene.ours, { before: last.callId, limit: 2 });
      }
      assert.deepEqual(seen, made.map(({ callId }) => callId).reverse());
    },
  ],
  [
    'a list is narrowed by party, outcome, cause and time, all at once',
    async (scene) => {
      const { cdrs } = scene.backend;
      const calls = [
        recordOf(scene, scene.ours, '101', '600', 0),
        recordOf(scene, scene.ours, '102', '101', 10),
        recordOf(scene, scene.ours, '102', '404', 20),
      ];
      for (const cdr of calls) await cdrs.insert(scene.ours, cdr, []);
      const cases: readonly (readonly [CdrQuery['filter'] & object, number[]])[] = [
        [{}, [2, 1, 0]],
        [{ party: '101' }, [1, 0]],
        [{ party: '102' }, [2, 1]],
        [{ outcome: 'failed' }, [2]],
        [{ causeCode: 'normal-clearing' }, [1, 0]],
        [{ fromUtcMs: startUtcMs + 10_000 }, [2, 1]],
        [{ toUtcMs: startUtcMs + 10_000 }, [0]],
        [{ party: '102', outcome: 'answered', fromUtcMs: startUtcMs }, [1]],
        [{ party: '10' }, []],
      ];
      for (const [filter, wanted] of cases) {
        const found = await cdrs.list(scene.ours, { filter, limit: 10 });
        const ids = wanted.map((index) => calls[index]?.callId);
        assert.deepEqual(
          found.map(({ callId }) => callId),
          ids,
          JSON.stringify(filter),
        );
      }
    },
  ],
];

export function cdrsContract(backendName: string, open: OpenBackend): void {
  for (const [title, body] of rows) {
    test(`call detail records on ${backendName}: ${title}`, async () => {
      const scene = await openScene(open);
      try {
        await body(scene);
      } finally {
        await scene.backend.close();
      }
    });
  }
}
