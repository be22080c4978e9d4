import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeededRandom } from '#base/ids';
import { bindingsContract } from '../contract/bindings-contract.test.ts';
import { cdrsContract } from '../contract/cdrs-contract.test.ts';
import { configurationContract } from '../contract/configuration-contract.test.ts';
import { contractKinds, type OpenBackend } from '../contract/contract-scene.test.ts';
import { createMemoryStorage, type Misfortune } from './index.ts';

const reliable: OpenBackend = async (kinds) => createMemoryStorage({ kinds });
configurationContract('memory', reliable);
bindingsContract('memory', reliable);
cdrsContract('memory', reliable);

/** A third of the calls fail, half of them after they happened; each takes between 0 and 7 turns of the event loop. */
function badDay(seed: number): Misfortune {
  const random = createSeededRandom(seed);
  const byte = new Uint8Array(1);
  const roll = (): number => {
    random.fill(byte);
    return byte[0] ?? 0;
  };
  return {
    async delay() {
      for (let turns = roll() % 8; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
    },
    next() {
      const fate = roll() % 6;
      return fate === 0 ? 'lost' : fate === 1 ? 'answer-lost' : 'none';
    },
  };
}

let seed = 40;
const unreliable: OpenBackend = async (kinds) => createMemoryStorage({ kinds, misfortune: badDay(++seed) });
configurationContract('unreliable memory', unreliable);
bindingsContract('unreliable memory', unreliable);
cdrsContract('unreliable memory', unreliable);

test('misfortune does happen: without retries some calls fail before and some after they were carried out', async () => {
  const storage = createMemoryStorage({ kinds: contractKinds, misfortune: badDay(1) });
  const outcomes = await Promise.allSettled(Array.from({ length: 60 }, () => storage.outbox.after(0, 1)));
  const messages = outcomes.map((outcome) =>
    outcome.status === 'rejected' ? (outcome.reason as Error).message : 'ok',
  );
  const kinds = new Set(messages);
  assert.deepEqual(kinds, new Set(['ok', 'made to fail before the call', 'made to fail after the call']));
});
