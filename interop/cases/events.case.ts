/** Subscriptions: SIPp watches what phones do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { Ringdown } from '../peers/ringdown.ts';
import type { Sipp } from '../peers/sipp.ts';
import { expect, waitFor } from '../peers/wait.ts';
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

/** The control process is killed; the next tells the whole state in the same dialog, and nobody had to ask. */
async function survives(context: CaseContext): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'events-'));
  try {
    const ringdown = context.keep(await Ringdown.start({ folder, ports: context.ports }));
    const watching = await watcher(context.on(ringdown), 'survivor');
    await watching.waitForMessage('Subscription-State: active');
    await ringdown.killAndAwait('control');
    const counts = await watching.finish(30_000);
    expect(counts.successful === 1, 'the subscription did not go on');
    await ringdown.stop();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** baresip subscribes to the presence of somebody who registers later. */
async function baresipWatches(context: CaseContext): Promise<void> {
  const user = await context.server.addUser();
  const { phone } = await context.baresip({ name: 'watcher' }, { watches: [context.uriOf(user)] });
  const said = (what: RegExp) =>
    waitFor({ what: `baresip to see ${what}`, tail: () => phone.said() }, () => what.test(phone.said()));
  await said(/<basic>closed<\/basic>/);
  await context.baresip({ name: 'phone', user });
  await said(/<basic>open<\/basic>/);
}

export const cases: readonly InteropCase[] = [
  { name: 'events: SUBSCRIBE, NOTIFY, refresh, unsubscribe', needs, run: (context) => through(context, 'subscribe') },
  { name: 'events: PUBLISH, refresh, change, remove', needs, run: (context) => through(context, 'publish') },
  { name: 'events: presence of a phone that registers', needs: ['sipp', 'baresip'], run: presence },
  { name: 'events: baresip watches somebody who comes', needs: ['baresip'], run: baresipWatches },
  { name: 'events: a subscription outlives the process that served it', needs, run: survives },
  { name: 'events: a busy lamp follows a call', needs: ['sipp', 'baresip'], run: lamp },
];
