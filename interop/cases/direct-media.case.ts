/** Media straight from phone to phone (docs/adr/0022): the phones hear each other, and no port of ours is opened for them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CaseContext, type InteropCase, toneLevelDbfs } from '../case-context.ts';
import type { Baresip } from '../peers/baresip.ts';
import { readMetric } from '../peers/read-metric.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { expect, fail } from '../peers/wait.ts';
import { expectTone } from '../sound/expect-tone.ts';

interface Record {
  readonly media: string | null;
  readonly outcome: string;
}

interface Talking {
  readonly server: Ringdown;
  readonly caller: Baresip;
  readonly callee: Baresip;
}

/** A server of its own, whose tenant has its media direct. */
async function directServer(context: CaseContext): Promise<{ server: Ringdown; own: CaseContext }> {
  // The path of a Unix socket has at most 107 octets; a case's own folder may be longer than that.
  const folder = mkdtempSync(join(tmpdir(), 'direct-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const server = context.keep(await Ringdown.start({ folder, ports: context.ports }));
  await server.cli('tenant', 'set', '--media', 'direct');
  return { server, own: context.on(server) };
}

async function talking(context: CaseContext): Promise<Talking> {
  const { server, own } = await directServer(context);
  const { phone: callee, user } = await own.baresip({ name: 'callee', toneHz: 620, answering: 'auto' });
  const { phone: caller } = await own.baresip({ name: 'caller', toneHz: 440 });
  await caller.dial(own.uriOf(user));
  await caller.waitForEvent('CALL_ESTABLISHED');
  await callee.waitForEvent('CALL_ESTABLISHED');
  return { server, caller, callee };
}

async function expectSound({ caller, callee }: Talking, lengthMs: number): Promise<void> {
  const same = { levelDbfs: toneLevelDbfs, atLeastMs: lengthMs - 500 };
  expectTone(await caller.waitForHeard(lengthMs), { who: 'the caller', frequencyHz: 620, ...same });
  expectTone(await callee.waitForHeard(lengthMs), { who: 'the callee', frequencyHz: 440, ...same });
}

/** No session was opened, by the server's own count, and the two phones have the same two ports in their messages: their own. */
async function expectNothingOpened({ server, caller, callee }: Talking): Promise<void> {
  const opened = await readMetric(server.httpPort, 'ringdown_media_sessions_opened_total');
  expect(opened === 0, `${opened} media sessions were opened`);
  const portsIn = (said: string) => [...new Set([...said.matchAll(/m=audio (\d+) /g)].map(([, port]) => port))].sort();
  const [one, other] = [portsIn(caller.said()), portsIn(callee.said())].map((ports) => ports.join(' and '));
  expect(
    one === other && one !== undefined && one.includes(' and '),
    `the caller knows ports ${one}, the callee ${other}`,
  );
}

async function recordOf(server: Ringdown): Promise<Record> {
  const untilMs = Date.now() + 20_000;
  while (Date.now() < untilMs) {
    const [record] = ((await server.cli('calls', 'history')) as Record[] | undefined) ?? [];
    if (record !== undefined) return record;
  }
  return fail(`no record of the call was written\n${server.tail()}`);
}

async function straight(context: CaseContext): Promise<void> {
  const both = await talking(context);
  await expectSound(both, 3_000);
  await expectNothingOpened(both);
  const [live] = (await both.server.cli('calls', 'list')) as Record[];
  expect(live?.media === 'direct', `the list of calls says ${JSON.stringify(live)}`);
  await both.caller.hangup();
  await both.callee.waitForEvent('CALL_CLOSED');
  const record = await recordOf(both.server);
  expect(record.outcome === 'answered' && record.media === 'direct', `the record says ${JSON.stringify(record)}`);
  const { explanation } = (await both.server.cli('trace', 'last')) as { explanation: { text: string } };
  expect(explanation.text.includes('straight from party to party'), `the trace says: ${explanation.text}`);
}

/** Nobody controls for a while, and sound does not even notice; afterwards the fresh process carries the hang-up across. */
async function survives(context: CaseContext): Promise<void> {
  const both = await talking(context);
  await expectSound(both, 1_500);
  await both.server.killAndAwait('control');
  const heardMs = ({ samples, rateHz }: ReturnType<Baresip['heard']>) => (samples.length / rateHz) * 1000;
  await expectSound(both, Math.max(heardMs(both.caller.heard()), heardMs(both.callee.heard())) + 1_500);
  await both.callee.hangup();
  await both.caller.waitForEvent('CALL_CLOSED', { withinMs: 5_000 });
  const record = await recordOf(both.server);
  expect(record.outcome === 'answered' && record.media === 'direct', `the record says ${JSON.stringify(record)}`);
  await expectNothingOpened(both);
}

/** Linphone is the ear: baresip 1.0 decodes nothing more after the first hold (see call-flow.case.ts). */
async function holds(context: CaseContext): Promise<void> {
  const { server, own } = await directServer(context);
  const { phone: ear, user } = await own.linphone({ name: 'linphone', toneHz: 620, answering: 'auto' });
  const { phone } = await own.baresip({ name: 'baresip', toneHz: 440 });
  await phone.dial(own.uriOf(user));
  await phone.waitForEvent('CALL_ESTABLISHED');
  await ear.waitForState('StreamsRunning');
  await ear.waitForHeard(1_000);
  const mark = ear.mark();
  await phone.hold();
  await ear.waitForState('PausedByRemote', { from: mark });
  const beforeResume = ear.mark();
  const heardBytes = ear.heardBytes();
  await phone.resume();
  await ear.waitForState('StreamsRunning', { from: beforeResume });
  await ear.waitForHeardBytes(heardBytes + 2 * 16_000);
  const opened = await readMetric(server.httpPort, 'ringdown_media_sessions_opened_total');
  expect(opened === 0, `${opened} media sessions were opened`);
  await phone.hangup();
  await ear.waitForState('Released');
}

export const cases: readonly InteropCase[] = [
  { name: 'direct media: two phones hear each other, no media session is opened', needs: ['baresip'], run: straight },
  { name: 'direct media: control is killed, the call goes on', needs: ['baresip'], run: survives },
  { name: 'direct media: hold and resume between baresip and Linphone', needs: ['baresip', 'linphonec'], run: holds },
];
