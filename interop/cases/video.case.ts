/** Two phones with cameras: each says its tone and shows its picture, and has the other's. One that has none hears all the same. */
import { type CaseContext, type InteropCase, toneLevelDbfs } from '../case-context.ts';
import { expectTone } from '../sound/expect-tone.ts';

const hasCamera = { hasCamera: true };

async function withCameras(context: CaseContext): Promise<void> {
  const callee = await context.baresip({ name: 'callee', toneHz: 620, answering: 'auto' }, hasCamera);
  const caller = await context.baresip({ name: 'caller', toneHz: 440 }, hasCamera);
  await caller.phone.dial(context.uriOf(callee.user));
  for (const { phone } of [caller, callee]) {
    await phone.waitForEvent('CALL_ESTABLISHED');
    await phone.waitForEvent('CALL_RTPESTAB', { param: /audio/ });
    await phone.waitForEvent('CALL_RTPESTAB', { param: /video/ });
  }
  const same = { levelDbfs: toneLevelDbfs, atLeastMs: 2_500 };
  expectTone(await caller.phone.waitForHeard(3_000), { who: 'the caller', frequencyHz: 620, ...same });
  expectTone(await callee.phone.waitForHeard(3_000), { who: 'the callee', frequencyHz: 440, ...same });
  await caller.phone.hangup();
  await callee.phone.waitForEvent('CALL_CLOSED');
}

async function withOne(context: CaseContext): Promise<void> {
  const callee = await context.baresip({ name: 'callee', toneHz: 620, answering: 'auto' });
  const caller = await context.baresip({ name: 'caller', toneHz: 440 }, hasCamera);
  await caller.phone.dial(context.uriOf(callee.user));
  await caller.phone.waitForEvent('CALL_ESTABLISHED');
  const same = { levelDbfs: toneLevelDbfs, atLeastMs: 1_500 };
  expectTone(await caller.phone.waitForHeard(2_000), { who: 'the caller', frequencyHz: 620, ...same });
  expectTone(await callee.phone.waitForHeard(2_000), { who: 'the callee', frequencyHz: 440, ...same });
  await caller.phone.hangup();
  await callee.phone.waitForEvent('CALL_CLOSED');
}

export const cases: readonly InteropCase[] = [
  {
    name: 'video: two phones with cameras see and hear each other',
    needs: ['baresip'],
    servers: ['ringdown'],
    run: withCameras,
  },
  {
    name: 'video: a phone with a camera and one without hear each other',
    needs: ['baresip'],
    servers: ['ringdown'],
    run: withOne,
  },
];
