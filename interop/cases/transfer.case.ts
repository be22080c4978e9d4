/** Transfers by phones that nobody here wrote: the two that are left hear each other, and who transferred is out. */
import type { CaseContext, InteropCase } from '../case-context.ts';
import { toneLevelDbfs } from '../case-context.ts';
import { expect } from '../peers/wait.ts';
import { expectTone } from '../sound/expect-tone.ts';
import type { Sound } from '../sound/wav.ts';

/** With the consultation before. */
const talkMs = 4_000;
const same = { levelDbfs: toneLevelDbfs, atLeastMs: 900 };

/** A party that answers by itself, and one to whom it is transferred; each says a tone of its own. */
async function partyAndTarget(context: CaseContext) {
  const party = await context.baresip({ name: 'party', toneHz: 620, answering: 'auto' });
  const target = await context.baresip({ name: 'target', toneHz: 880, answering: 'auto' });
  return { party, target };
}

type Both = Awaited<ReturnType<typeof partyAndTarget>>;

async function expectTargetHeard({ target }: Both): Promise<void> {
  await target.phone.waitForHeard(talkMs);
  expectTone(lastOf(target.phone.heard()), { who: 'the target', frequencyHz: 620, ...same });
}

async function expectBothHeard(both: Both): Promise<void> {
  const { party } = both;
  await expectTargetHeard(both);
  expectTone(lastOf(party.phone.heard()), { who: 'the party', frequencyHz: 880, ...same });
}

/** What it heard before is of who transferred it. */
function lastOf(sound: Sound): Sound {
  return { ...sound, samples: sound.samples.slice(-sound.rateHz) };
}

async function blindByBaresip(context: CaseContext): Promise<void> {
  const both = await partyAndTarget(context);
  const asker = await context.baresip({ name: 'asker', toneHz: 440 });
  await asker.phone.dial(context.uriOf(both.party.user));
  await asker.phone.waitForEvent('CALL_ESTABLISHED');
  await both.party.phone.waitForHeard(1_000);
  await asker.phone.command('transfer', context.uriOf(both.target.user));
  await asker.phone.waitForEvent('CALL_CLOSED');
  await expectBothHeard(both);
}

async function blindByLinphone(context: CaseContext): Promise<void> {
  const both = await partyAndTarget(context);
  const asker = await context.linphone({ name: 'asker', toneHz: 440 });
  asker.phone.dial(context.uriOf(both.party.user));
  await asker.phone.waitForState('StreamsRunning');
  await both.party.phone.waitForHeard(1_000);
  asker.phone.transfer(context.uriOf(both.target.user));
  await asker.phone.waitForState('Released');
  await expectBothHeard(both);
}

async function attendedByLinphone(context: CaseContext): Promise<void> {
  const both = await partyAndTarget(context);
  const asker = await context.linphone({ name: 'asker', toneHz: 440 });
  asker.phone.dial(context.uriOf(both.party.user));
  await asker.phone.waitForState('StreamsRunning');
  await both.party.phone.waitForHeard(1_000);
  const holding = asker.phone.mark();
  // It makes one call at a time.
  asker.phone.hold();
  await asker.phone.waitForState('Paused', { from: holding });
  const consulting = asker.phone.mark();
  asker.phone.dial(context.uriOf(both.target.user));
  await asker.phone.waitForState('StreamsRunning', { from: consulting });
  await both.target.phone.waitForHeard(500);
  const before = both.party.phone.process.mark();
  asker.phone.transferToCall(1, 2);
  await asker.phone.waitForState('Released');
  await expectTargetHeard(both);
  // Its recorder writes nothing more after a hold; the stream that it hears is another one now.
  expect(/SSRC changed/.test(both.party.phone.said(before)), 'the party does not hear the target');
}

async function busyTarget(context: CaseContext): Promise<void> {
  const party = await context.baresip({ name: 'party', toneHz: 620, answering: 'auto' });
  const target = await context.baresip({ name: 'target', toneHz: 880 });
  const asker = await context.baresip({ name: 'asker', toneHz: 440 });
  await asker.phone.dial(context.uriOf(party.user));
  await asker.phone.waitForEvent('CALL_ESTABLISHED');
  await asker.phone.command('transfer', context.uriOf(target.user));
  await target.phone.waitForEvent('CALL_INCOMING');
  await target.phone.hangup();
  // The call goes on, but baresip hangs up by itself then.
  const failed = await asker.phone.waitForEvent('TRANSFER_FAILED');
  expect(/486/.test(failed.param ?? ''), `the asker was told ${failed.param}, not 486`);
}

export const cases: readonly InteropCase[] = [
  { name: 'transfer: baresip, blind', needs: ['baresip'], run: blindByBaresip },
  { name: 'transfer: baresip, blind, to one that is busy', needs: ['baresip'], run: busyTarget },
  { name: 'transfer: Linphone, blind', needs: ['baresip', 'linphonec'], run: blindByLinphone },
  { name: 'transfer: Linphone, attended', needs: ['baresip', 'linphonec'], run: attendedByLinphone },
];
