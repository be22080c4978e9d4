/** The built-in numbers that a newcomer tests alone with. */
import { type CaseContext, type InteropCase, toneLevelDbfs } from '../case-context.ts';
import { expect } from '../peers/wait.ts';
import { expectTone } from '../sound/expect-tone.ts';
import { levelOf, measureTone } from '../sound/tone.ts';

const listenMs = 3_000;

async function call(context: CaseContext, number: string) {
  const { phone } = await context.baresip({ name: 'phone', toneHz: 440 });
  await phone.dial(context.uriOf(number));
  await phone.waitForEvent('CALL_ESTABLISHED');
  const sound = await phone.waitForHeard(listenMs);
  await phone.hangup();
  return sound;
}

async function echo(context: CaseContext, number: string): Promise<void> {
  const sound = await call(context, number);
  expectTone(sound, { who: 'the echo', frequencyHz: 440, levelDbfs: toneLevelDbfs, atLeastMs: listenMs - 700 });
}

async function testTone(context: CaseContext): Promise<void> {
  const tone = measureTone(await call(context, '601'), 1004);
  expect(Math.abs(tone.frequencyHz - 1004) <= 2, `the test tone is ${tone.frequencyHz} Hz`);
  expect(tone.share > 0.9, `the test tone fills ${Math.round(tone.share * 100)}% of the recording`);
}

async function audible(context: CaseContext, number: string): Promise<void> {
  const level = levelOf((await call(context, number)).samples);
  expect(level > -45 && level < 0, `${number} is heard at ${level.toFixed(1)} dBFS`);
}

const needs = ['baresip'];

export const cases: readonly InteropCase[] = [
  { name: 'built-in numbers: 600 is the echo', needs, run: (context) => echo(context, '600') },
  { name: 'built-in numbers: *43 is the echo', needs, run: (context) => echo(context, '*43') },
  { name: 'built-in numbers: 601 is a tone of 1004 Hz', needs, run: testTone },
  { name: 'built-in numbers: 602 is music', needs, run: (context) => audible(context, '602') },
  { name: 'built-in numbers: 603 is the speaking clock', needs, run: (context) => audible(context, '603') },
];
