/** A phone of others that speaks 100rel: Linphone demands it as caller, has it as callee where it is asked for it, and each side is acknowledged by itself (RFC 3262). SIPp's part is in sipp.case.ts. */
import { type CaseContext, type InteropCase, toneLevelDbfs } from '../case-context.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { fail } from '../peers/wait.ts';
import { expectTone } from '../sound/expect-tone.ts';

const talkMs = 3_000;

async function callerDemands(context: CaseContext): Promise<void> {
  const callee = await context.baresip({ name: 'callee', toneHz: 440 });
  const caller = await context.linphone({ name: 'caller', toneHz: 620 }, { reliability: 'required' });
  caller.phone.dial(context.uriOf(callee.user));
  await callee.phone.waitForEvent('CALL_INCOMING');
  await caller.phone.waitForLog(/^PRACK sip:/m);
  await callee.phone.accept();
  await caller.phone.waitForState('StreamsRunning');
  const heard = await callee.phone.waitForHeard(talkMs);
  expectTone(heard, { who: 'the callee', frequencyHz: 620, levelDbfs: toneLevelDbfs, atLeastMs: 2_500 });
  caller.phone.hangup();
  await callee.phone.waitForEvent('CALL_CLOSED');
}

async function calleeHasIt(context: CaseContext): Promise<void> {
  const callee = await context.linphone({ name: 'callee', toneHz: 620 }, { reliability: 'supported' });
  // As callee it does so only where it is asked to.
  const server = context.server instanceof Ringdown ? context.server : fail('only Ringdown has the setting');
  await server.cli('user', 'set', callee.user.extension, '--reliability', 'required');
  const caller = await context.baresip({ name: 'caller', toneHz: 440 });
  await caller.phone.dial(context.uriOf(callee.user));
  await callee.phone.waitForState('IncomingReceived');
  await callee.phone.waitForLog(/^PRACK sip:/m);
  callee.phone.answer();
  await caller.phone.waitForEvent('CALL_ESTABLISHED');
  const heard = await caller.phone.waitForHeard(talkMs);
  expectTone(heard, { who: 'the caller', frequencyHz: 620, levelDbfs: toneLevelDbfs, atLeastMs: 2_500 });
  await caller.phone.hangup();
  await callee.phone.waitForState('Released');
}

const needs = ['baresip', 'linphonec'];

export const cases: readonly InteropCase[] = [
  { name: '100rel: Linphone demands it of a callee that knows nothing of it', needs, run: callerDemands },
  { name: '100rel: Linphone rings with it, the caller knows nothing of it', needs, run: calleeHasIt },
];
