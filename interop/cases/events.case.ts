/** Subscriptions: SIPp watches what phones do. */
import type { CaseContext, InteropCase } from '../case-context.ts';
import type { Sipp } from '../peers/sipp.ts';
import { expect } from '../peers/wait.ts';
import type { User } from '../server-under-test.ts';
import type { ScenarioName } from '../sipp/index.ts';
import { credentialsOf } from './sipp.case.ts';

const needs = ['sipp'];

async function watcher(context: CaseContext, scenario: ScenarioName, of?: User): Promise<Sipp> {
  const user = await context.server.addUser();
  return context.sipp({
    name: 'watcher',
    scenario,
    target: context.serverAddress('udp'),
    users: [credentialsOf(user, (of ?? user).extension)],
    calls: 1,
    traceMessages: true,
  });
}

async function through(context: CaseContext, scenario: ScenarioName): Promise<void> {
  const counts = await (await watcher(context, scenario)).finish(20_000);
  expect(counts.successful === 1, 'the subscription did not come about');
}

/** The lamp of a phone goes on while a real call rings and is up, and off when it ends. */
async function lamp(context: CaseContext): Promise<void> {
  const { phone: callee, user } = await context.baresip({ name: 'callee', answering: 'manual' });
  const { phone: caller } = await context.baresip({ name: 'caller' });
  const watching = await watcher(context, 'lamp', user);
  await watching.waitForMessage('Subscription-State: active');
  await caller.dial(context.uriOf(user));
  await callee.waitForEvent('CALL_INCOMING');
  await watching.waitForMessage('early');
  await callee.accept();
  await caller.waitForEvent('CALL_ESTABLISHED');
  await watching.waitForMessage('confirmed');
  await caller.hangup();
  const counts = await watching.finish(20_000);
  expect(counts.successful === 1, 'the lamp did not follow the call');
}

/** Closed until the phone registers, then open. */
async function presence(context: CaseContext): Promise<void> {
  const user = await context.server.addUser();
  const watching = await watcher(context, 'presence', user);
  await watching.waitForMessage('Subscription-State: active');
  await context.baresip({ name: 'phone', user });
  const counts = await watching.finish(20_000);
  expect(counts.successful === 1, 'the phone was not seen to come');
}

export const cases: readonly InteropCase[] = [
  { name: 'events: SUBSCRIBE, NOTIFY, refresh, unsubscribe', needs, run: (context) => through(context, 'subscribe') },
  { name: 'events: PUBLISH, refresh, change, remove', needs, run: (context) => through(context, 'publish') },
  { name: 'events: presence of a phone that registers', needs: ['sipp', 'baresip'], run: presence },
  { name: 'events: a busy lamp follows a call', needs: ['sipp', 'baresip'], run: lamp },
];
