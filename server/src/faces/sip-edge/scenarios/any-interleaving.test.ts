/**
 * Whatever both sides do, in whatever order, over a network that loses, doubles and reorders: every request is answered, both legs agree or the call is over, with
 * one cause, and nothing is left of it (no media session, no timer).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reliability } from '@ringdown/sip';
import fc from 'fast-check';
import { type CallScene, type CallSceneOptions, callScene } from './call-scene.test.ts';
import type { Phone } from './phone.test.ts';

const deeds = {
  ring: (one: Phone) => one.session?.phase === 'ringing' && one.ring(),
  sound: (one: Phone) => one.session?.phase === 'ringing' && one.ring(183, true),
  answer: (one: Phone) => one.session?.phase === 'ringing' && one.accept(),
  busy: (one: Phone) => one.session?.phase === 'ringing' && one.session.reject(486),
  decline: (one: Phone) => one.session?.phase === 'ringing' && one.session.reject(603),
  hold: (one: Phone) => turn(one, 'sendonly'),
  resume: (one: Phone) => turn(one, 'sendrecv'),
  update: (one: Phone) => isThere(one) && one.tryChange('UPDATE', one.offerLines()),
  refresh: (one: Phone) => isThere(one) && one.tryChange('UPDATE', null),
  ask: (one: Phone) => isUp(one) && one.tryChange('INVITE', null),
  takeBack: (one: Phone) => isUp(one) && one.session?.cancelReinvite(),
  move: (one: Phone) => {
    one.port += 10;
    return isUp(one) && one.tryChange('INVITE', one.offerLines());
  },
  hide: (one: Phone) => one.hide(),
  otherCodec: (one: Phone) => {
    one.codecs = [...one.codecs].reverse();
  },
  hangUp: (one: Phone) => one.session?.end(),
} as const;

type Deed = keyof typeof deeds;

/** An early dialog may be changed too, if only by UPDATE. */
const isThere = (one: Phone): boolean => ['proceeding', 'ringing', 'confirmed'].includes(one.session?.phase ?? '');
const isUp = (one: Phone): boolean => one.session?.phase === 'confirmed';

function turn(one: Phone, direction: string): boolean {
  one.direction = direction;
  return isUp(one) && one.tryChange('INVITE', one.offerLines());
}

interface Step {
  readonly who: number;
  readonly what: Deed;
  readonly afterMs: number;
}

const names = Object.keys(deeds) as Deed[];
/** Ends are rarer than changes, or few calls would come to any. */
const deed = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...names.filter((name) => !/hangUp|busy|decline/.test(name))) },
  { weight: 2, arbitrary: fc.constantFrom<Deed>('answer', 'ring') },
  { weight: 1, arbitrary: fc.constantFrom<Deed>('hangUp', 'busy', 'decline') },
);
const step: fc.Arbitrary<Step> = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  what: deed,
  afterMs: fc.constantFrom(0, 0, 1, 2, 5, 100, 600, 2500),
});
const scenario = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  isOfferless: fc.boolean(),
  reliability: fc.array(fc.constantFrom('off' as const, 'supported' as const), { minLength: 3, maxLength: 3 }),
  steps: fc.array(step, { minLength: 3, maxLength: 25 }),
});

interface Scenario {
  readonly seed: number;
  readonly isOfferless: boolean;
  /** 100rel or not, of each phone. */
  readonly reliability: readonly Reliability[];
  readonly steps: readonly Step[];
}

async function play(
  { seed, isOfferless, reliability, steps }: Scenario,
  options: CallSceneOptions = {},
): Promise<CallScene> {
  const calls = await callScene({ seed, devices: 2, ...options });
  const { ada, devices, phones } = calls;
  for (const [at, one] of phones.entries()) one.reliability = reliability[at] ?? 'supported';
  ada.call('101', isOfferless ? { body: null } : {});
  // A phone rings when it likes; the second device is slow to notice.
  for (const one of devices) one.onCall = () => undefined;
  calls.advance(10);
  for (const { who, what, afterMs } of steps) {
    const one = phones[who];
    if (one?.session !== null && one !== undefined) deeds[what](one);
    calls.advance(afterMs);
  }
  calls.advance(100_000);
  return calls;
}

function checkEnd(calls: CallScene): void {
  if (calls.engine.size > 0) {
    assert.equal(calls.call.phase, 'up');
    assert.deepEqual(
      calls.call.legs.map(({ reoffer }) => reoffer),
      calls.call.legs.map(() => null),
      'no change is left half done',
    );
    calls.assertAgreed();
    calls.ada.session?.end();
  }
  calls.assertOver(calls.told.filter((type) => type === 'call.started').length);
}

const runs = Number(process.env.RINGDOWN_RUNS ?? 60);

/** Once: an offer that could not be sent had used up a version. */
const unsent = {
  seed: 1,
  isOfferless: false,
  reliability: ['off', 'off', 'off'] as 'off'[],
  steps: [
    { who: 1, what: 'answer', afterMs: 2 },
    { who: 1, what: 'move', afterMs: 2 },
    { who: 0, what: 'update', afterMs: 2500 },
    { who: 1, what: 'move', afterMs: 0 },
    { who: 2, what: 'hangUp', afterMs: 0 },
  ] as Step[],
};

test('any interleaving of ringing, answers, changes and ends comes to a clean end', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (one) => checkEnd(await play(one))),
    { numRuns: runs, examples: [[unsent]] },
  );
});

const link = { loss: 0.15, duplication: 0.2, reorder: 0.2, reorderMs: 20, jitterMs: 3 };

/** Once: a phone took for agreed what its second reliable 183 did not say any more, in place of what its UPDATE between the two had. */
const soundTwice = {
  seed: 1,
  isOfferless: true,
  reliability: ['supported', 'supported', 'supported'] as 'supported'[],
  steps: [
    { who: 2, what: 'sound', afterMs: 600 },
    { who: 2, what: 'update', afterMs: 0 },
    { who: 0, what: 'ring', afterMs: 2500 },
    { who: 2, what: 'sound', afterMs: 0 },
    { who: 2, what: 'answer', afterMs: 0 },
    { who: 0, what: 'ring', afterMs: 0 },
    { who: 0, what: 'ring', afterMs: 0 },
  ] as Step[],
};

test('and over a network that loses, doubles and reorders', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (one) => checkEnd(await play(one, { link }))),
    { numRuns: runs, examples: [[soundTwice]] },
  );
});

/** One device rings after the other, so that each step may be direct; a phone that hides has the call anchored. */
const direct = { path: 'direct', q: [1, 0.5] } as const;

test('and where media goes straight from phone to phone, until one of them moves behind a NAT', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (one) => checkEnd(await play(one, direct))),
    { numRuns: runs },
  );
});

test('and that over a network that loses, doubles and reorders, without 100rel', async () => {
  const reliability = ['off', 'off', 'off'] as const;
  await fc.assert(
    fc.asyncProperty(scenario, async (one) => checkEnd(await play({ ...one, reliability }, { ...direct, link }))),
    { numRuns: runs },
  );
});
