/** Two phones talk: each says its own tone and must hear the other's, at its frequency and level. */
import { type CaseContext, type InteropCase, toneLevelDbfs } from '../case-context.ts';
import type { SipTransport } from '../peers/baresip-config.ts';
import { expectTone } from '../sound/expect-tone.ts';

const servers = ['ringdown', 'kamailio'] as const;
const transports = ['udp', 'tcp', 'tls'] as const;
const talkMs = 3_000;
/** Of what was heard, the tone must fill this. */
const toneMs = 2_500;

async function baresipToBaresip(context: CaseContext, transport: SipTransport): Promise<void> {
  const callee = await context.baresip({ name: 'callee', transport, toneHz: 620, answering: 'auto' });
  const caller = await context.baresip({ name: 'caller', transport, toneHz: 440 });
  await caller.phone.dial(context.uriOf(callee.user));
  await caller.phone.waitForEvent('CALL_ESTABLISHED');
  await callee.phone.waitForEvent('CALL_ESTABLISHED');
  const atCaller = await caller.phone.waitForHeard(talkMs);
  const atCallee = await callee.phone.waitForHeard(talkMs);
  const same = { levelDbfs: toneLevelDbfs, atLeastMs: toneMs };
  expectTone(atCaller, { who: 'the caller', frequencyHz: 620, ...same });
  expectTone(atCallee, { who: 'the callee', frequencyHz: 440, ...same });
  await caller.phone.hangup();
  await callee.phone.waitForEvent('CALL_CLOSED');
}

async function baresipToLinphone(context: CaseContext, transport: SipTransport): Promise<void> {
  const callee = await context.linphone({ name: 'linphone', transport, toneHz: 620, answering: 'auto' });
  const caller = await context.baresip({ name: 'baresip', transport, toneHz: 440 });
  await caller.phone.dial(context.uriOf(callee.user));
  await caller.phone.waitForEvent('CALL_ESTABLISHED');
  await callee.phone.waitForState('StreamsRunning');
  const atCaller = await caller.phone.waitForHeard(talkMs);
  await callee.phone.waitForHeard(talkMs);
  const same = { levelDbfs: toneLevelDbfs, atLeastMs: toneMs };
  expectTone(atCaller, { who: 'baresip, the caller', frequencyHz: 620, ...same });
  await caller.phone.hangup();
  await callee.phone.waitForState('Released');
  expectTone(await callee.phone.heard(), { who: 'Linphone, the callee', frequencyHz: 440, ...same });
}

async function linphoneToBaresip(context: CaseContext, transport: SipTransport): Promise<void> {
  const callee = await context.baresip({ name: 'baresip', transport, toneHz: 440, answering: 'auto' });
  const caller = await context.linphone({ name: 'linphone', transport, toneHz: 620 });
  caller.phone.dial(context.uriOf(callee.user));
  await callee.phone.waitForEvent('CALL_ESTABLISHED');
  await caller.phone.waitForState('StreamsRunning');
  const atCallee = await callee.phone.waitForHeard(talkMs);
  await caller.phone.waitForHeard(talkMs);
  const same = { levelDbfs: toneLevelDbfs, atLeastMs: toneMs };
  expectTone(atCallee, { who: 'baresip, the callee', frequencyHz: 620, ...same });
  caller.phone.hangup();
  await callee.phone.waitForEvent('CALL_CLOSED');
  await caller.phone.waitForState('Released');
  expectTone(await caller.phone.heard(), { who: 'Linphone, the caller', frequencyHz: 440, ...same });
}

const pairs = [
  ['baresip to baresip', ['baresip'], baresipToBaresip],
  ['baresip to Linphone', ['baresip', 'linphonec'], baresipToLinphone],
  ['Linphone to baresip', ['baresip', 'linphonec'], linphoneToBaresip],
] as const;

export const cases: readonly InteropCase[] = pairs.flatMap(([title, needs, run]) =>
  transports.map(
    (transport): InteropCase => ({
      name: `sound both ways: ${title} over ${transport}`,
      needs,
      servers,
      run: (context) => run(context, transport),
    }),
  ),
);
