/** What a call between two phones can go through: given up, busy, declined, unanswered, held, hung up by either, digits. */
import type { CaseContext, InteropCase } from '../case-context.ts';
import type { Baresip } from '../peers/baresip.ts';
import { expect } from '../peers/wait.ts';
import { measureTone } from '../sound/tone.ts';

const servers = ['ringdown', 'kamailio'] as const;

async function ringing(context: CaseContext): Promise<{ caller: Baresip; callee: Baresip }> {
  const callee = await context.baresip({ name: 'callee', toneHz: 620 });
  const caller = await context.baresip({ name: 'caller', toneHz: 440 });
  await caller.phone.dial(context.uriOf(callee.user));
  await callee.phone.waitForEvent('CALL_INCOMING');
  await caller.phone.waitForEvent('CALL_RINGING');
  return { caller: caller.phone, callee: callee.phone };
}

async function talking(context: CaseContext): Promise<{ caller: Baresip; callee: Baresip }> {
  const both = await ringing(context);
  await both.callee.accept();
  await both.caller.waitForEvent('CALL_ESTABLISHED');
  await both.callee.waitForEvent('CALL_ESTABLISHED');
  await both.caller.waitForHeard(1_000);
  await both.callee.waitForHeard(1_000);
  return both;
}

async function cancel(context: CaseContext): Promise<void> {
  const { caller, callee } = await ringing(context);
  await caller.hangup();
  await callee.waitForEvent('CALL_CLOSED');
  await caller.waitForEvent('CALL_CLOSED');
  expect(/^CANCEL sip:/m.test(callee.said()), `the callee saw no CANCEL\n${callee.process.tail()}`);
  expect(!callee.events.some((event) => event.type === 'CALL_ESTABLISHED'), 'the callee was answered all the same');
}

async function busy(context: CaseContext): Promise<void> {
  const { caller, callee } = await ringing(context);
  await callee.hangup();
  const closed = await caller.waitForEvent('CALL_CLOSED');
  expect(/486/.test(closed.param ?? ''), `the caller was told ${closed.param}, not 486`);
}

async function decline(context: CaseContext): Promise<void> {
  const callee = await context.linphone({ name: 'callee', toneHz: 620 });
  const caller = await context.baresip({ name: 'caller' });
  await caller.phone.dial(context.uriOf(callee.user));
  await callee.phone.waitForState('IncomingReceived');
  await caller.phone.waitForEvent('CALL_RINGING');
  callee.phone.hangup();
  const closed = await caller.phone.waitForEvent('CALL_CLOSED');
  expect(/603/.test(closed.param ?? ''), `the caller was told ${closed.param}, not 603`);
}

async function noAnswer(context: CaseContext): Promise<void> {
  const { caller, callee } = await ringing(context);
  const closed = await caller.waitForEvent('CALL_CLOSED', { withinMs: 90_000 });
  expect(/^4(08|80)\b/.test(closed.param ?? ''), `the caller was told ${closed.param}, neither 408 nor 480`);
  await callee.waitForEvent('CALL_CLOSED');
}

async function hangUpBy(context: CaseContext, who: 'caller' | 'callee'): Promise<void> {
  const both = await talking(context);
  const other = who === 'caller' ? both.callee : both.caller;
  await both[who].hangup();
  await other.waitForEvent('CALL_CLOSED');
  expect(/^BYE sip:/m.test(other.said()), `the other side saw no BYE\n${other.process.tail()}`);
}

async function digits(context: CaseContext): Promise<void> {
  const { caller, callee } = await talking(context);
  const sent = '1590*#';
  for (const digit of sent) {
    const mark = callee.mark();
    await caller.sendDigits(digit);
    await callee.waitForEvent('CALL_DTMF_END', { from: mark });
  }
  const heard = callee.events.filter((event) => event.type === 'CALL_DTMF_START').map((event) => event.param);
  expect(heard.join('') === sent, `sent ${sent}, heard ${heard.join('')}`);
}

/**
 * Linphone is the ear, whoever holds: baresip 1.0 decodes nothing more after the first hold, even when it is resumed and the
 * packets come (seen without any server between two of them).
 */
async function holdAndResume(context: CaseContext, holder: 'baresip' | 'linphone'): Promise<void> {
  const { phone: ear, user } = await context.linphone({ name: 'linphone', toneHz: 620, answering: 'auto' });
  const { phone } = await context.baresip({ name: 'baresip', toneHz: 440 });
  await phone.dial(context.uriOf(user));
  await phone.waitForEvent('CALL_ESTABLISHED');
  await ear.waitForState('StreamsRunning');
  await ear.waitForHeard(1_000);
  const marks = { ear: ear.mark(), phone: phone.process.mark() };
  if (holder === 'baresip') {
    await phone.hold();
    await ear.waitForState('PausedByRemote', { from: marks.ear });
  } else {
    ear.hold();
    await ear.waitForState('Paused', { from: marks.ear });
    await phone.process.waitForOutput(/^a=(sendonly|inactive)\r?$/m, { from: marks.phone });
  }
  const beforeResume = ear.mark();
  const heardBytes = ear.heardBytes();
  if (holder === 'baresip') await phone.resume();
  else ear.resume();
  await ear.waitForState('StreamsRunning', { from: beforeResume });
  await ear.waitForHeardBytes(heardBytes + 2 * 16_000);
  await phone.hangup();
  await ear.waitForState('Released');
  const sound = await ear.heard();
  const end = { rateHz: sound.rateHz, samples: sound.samples.slice(-1.5 * sound.rateHz, -sound.rateHz / 2) };
  const tone = measureTone(end, 440);
  expect(tone.share > 0.9, `after the hold 440 Hz fills ${Math.round(tone.share * 100)}% of the last second`);
}

const phones = ['baresip'];
const both = ['baresip', 'linphonec'];
const base = { needs: phones, servers };

export const cases: readonly InteropCase[] = [
  { name: 'call flow: the caller gives up (CANCEL)', ...base, run: cancel },
  { name: 'call flow: busy', ...base, run: busy },
  { name: 'call flow: declined', needs: both, servers, run: decline },
  { name: 'call flow: no answer', ...base, withinMs: 110_000, run: noAnswer },
  { name: 'call flow: the caller hangs up', ...base, run: (context) => hangUpBy(context, 'caller') },
  { name: 'call flow: the callee hangs up', ...base, run: (context) => hangUpBy(context, 'callee') },
  { name: 'call flow: digits (RFC 4733)', ...base, run: digits },
  {
    name: 'call flow: the caller holds and resumes',
    needs: both,
    servers,
    run: (context) => holdAndResume(context, 'baresip'),
  },
  {
    name: 'call flow: the callee holds and resumes',
    needs: both,
    servers,
    run: (context) => holdAndResume(context, 'linphone'),
  },
];
