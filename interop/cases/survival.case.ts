/**
 * Processes that are killed while phones talk: the control process (audio goes on, the dialogs too), the media process (its calls end, new ones work),
 * and, with the phones dead as well, what the records say.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { toneLevelDbfs } from '../case-context.ts';
import type { Baresip } from '../peers/baresip.ts';
import type { SipTransport } from '../peers/baresip-config.ts';
import { Ringdown } from '../peers/ringdown.ts';
import { expect, fail } from '../peers/wait.ts';
import { expectTone } from '../sound/expect-tone.ts';
import { registerAt } from './sipp.case.ts';

interface Both {
  readonly ringdown: Ringdown;
  readonly caller: Baresip;
  readonly callee: Baresip;
  /** The other's address. */
  readonly dialled: string;
}

/** A server of its own: what is killed here is nobody else's. */
async function ringing(context: CaseContext, transport: SipTransport = 'udp', timeoutSec?: number): Promise<Both> {
  const ringdown = context.keep(
    await Ringdown.start({ folder: shortFolder(), ports: context.ports, mediaTimeoutSec: timeoutSec }),
  );
  const own = context.on(ringdown);
  const callee = await own.baresip({ name: 'callee', transport, toneHz: 620 });
  const caller = await own.baresip({ name: 'caller', transport, toneHz: 440 });
  const dialled = own.uriOf(callee.user);
  await caller.phone.dial(dialled);
  await callee.phone.waitForEvent('CALL_INCOMING');
  await caller.phone.waitForEvent('CALL_RINGING');
  return { ringdown, caller: caller.phone, callee: callee.phone, dialled };
}

async function talking(context: CaseContext, transport: SipTransport = 'udp', timeoutSec?: number): Promise<Both> {
  const both = await ringing(context, transport, timeoutSec);
  await both.callee.accept();
  await both.caller.waitForEvent('CALL_ESTABLISHED');
  await both.callee.waitForEvent('CALL_ESTABLISHED');
  await both.caller.waitForHeard(500);
  await both.callee.waitForHeard(500);
  return both;
}

interface Record {
  readonly outcome: string;
  readonly cause: { readonly code: string };
  readonly startUtcMs: number;
  readonly answerUtcMs: number | null;
  readonly endUtcMs: number;
}

const folders: string[] = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The path of a Unix socket has at most 107 octets; a case's own folder is longer than that. */
function shortFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'survival-'));
  folders.push(folder);
  return folder;
}

async function recordOf(ringdown: Ringdown): Promise<Record> {
  const untilMs = Date.now() + 50_000;
  while (Date.now() < untilMs) {
    const [record] = ((await ringdown.cli('calls', 'history')) as Record[] | undefined) ?? [];
    if (record !== undefined) return record;
  }
  return fail(`no record of the call was written\n${ringdown.tail()}`);
}

function expectNear(what: string, utcMs: number | null, wantedMs: number, withinMs: number): void {
  const off = (utcMs ?? 0) - wantedMs;
  expect(Math.abs(off) <= withinMs, `${what} is ${off} ms off`);
}

interface How {
  readonly transport?: SipTransport;
  readonly disaster?: (ringdown: Ringdown) => Promise<void>;
}

async function controlDiesTwice(ringdown: Ringdown): Promise<void> {
  await ringdown.killAndAwait('control');
  await ringdown.killAndAwait('control');
}

/** Sound before, while nobody controls, and after: no hole in any of it. */
async function controlDies(
  context: CaseContext,
  who: 'caller' | 'callee',
  { transport = 'udp', disaster = (ringdown) => ringdown.killAndAwait('control') }: How = {},
): Promise<void> {
  const startedMs = Date.now();
  const both = await talking(context, transport);
  const { ringdown } = both;
  const talkingMs = Date.now();
  await disaster(ringdown);
  const heardMs = (phone: Baresip) => (phone.heard().samples.length / phone.heard().rateHz) * 1000;
  const sounds = { caller: heardMs(both.caller) + 1_500, callee: heardMs(both.callee) + 1_500 };
  const same = { levelDbfs: toneLevelDbfs };
  expectTone(await both.caller.waitForHeard(sounds.caller), {
    ...{ who: 'the caller', frequencyHz: 620, atLeastMs: sounds.caller - 500, ...same },
  });
  expectTone(await both.callee.waitForHeard(sounds.callee), {
    ...{ who: 'the callee', frequencyHz: 440, atLeastMs: sounds.callee - 500, ...same },
  });
  const other = who === 'caller' ? both.callee : both.caller;
  const mark = both[who].process.mark();
  await both[who].hangup();
  await other.waitForEvent('CALL_CLOSED', { withinMs: 5_000 });
  await both[who].process.waitForOutput(/SIP\/2\.0 200 OK[\s\S]{0,600}CSeq: \d+ BYE/, { from: mark });
  const endedMs = Date.now();
  const record = await recordOf(ringdown);
  expect(record.outcome === 'answered', `the outcome is ${record.outcome}`);
  expect(record.cause.code === 'normal-clearing', `the cause is ${record.cause.code}`);
  expectNear('the end', record.endUtcMs, endedMs, 1_000);
  const { answerUtcMs } = record;
  const isKept = answerUtcMs !== null && answerUtcMs >= startedMs && answerUtcMs <= talkingMs;
  expect(isKept, 'the time of the answer is not the one of before the disaster');
  await expectNoSessions(ringdown);
}

async function expectNoSessions(ringdown: Ringdown): Promise<void> {
  const live = (await ringdown.cli('calls', 'list')) as unknown[] | undefined;
  expect((live ?? []).length === 0, `calls are left: ${JSON.stringify(live)}`);
}

async function ringingAndControlDies(context: CaseContext): Promise<void> {
  const { ringdown, caller, callee } = await ringing(context);
  await ringdown.killAndAwait('control');
  const closed = await caller.waitForEvent('CALL_CLOSED', { withinMs: 5_000 });
  expect(/503/.test(closed.param ?? ''), `the caller was told ${closed.param}, not 503`);
  await callee.waitForEvent('CALL_CLOSED', { withinMs: 5_000 });
  expect(/^CANCEL sip:/m.test(callee.said()), `the callee saw no CANCEL\n${callee.process.tail()}`);
  const record = await recordOf(ringdown);
  expect(record.cause.code === 'control-restarted', `the cause is ${record.cause.code}`);
  expect(record.outcome !== 'answered', 'a call that only rang counts as answered');
}

async function mediaDies(context: CaseContext): Promise<void> {
  const { ringdown, caller, callee, dialled } = await talking(context);
  await ringdown.killAndAwait('media-0');
  await caller.waitForEvent('CALL_CLOSED', { withinMs: 8_000 });
  await callee.waitForEvent('CALL_CLOSED', { withinMs: 8_000 });
  const record = await recordOf(ringdown);
  expect(record.cause.code === 'media-lost', `the cause is ${record.cause.code}`);
  const files = { caller: caller.heardFiles().length, callee: callee.heardFiles().length };
  const mark = { caller: caller.mark(), callee: callee.mark() };
  await caller.dial(dialled);
  await callee.waitForEvent('CALL_INCOMING', { from: mark.callee });
  await callee.accept();
  await caller.waitForEvent('CALL_ESTABLISHED', { from: mark.caller });
  const same = { levelDbfs: toneLevelDbfs, atLeastMs: 800 };
  const atCaller = await caller.waitForHeard(1_000, { afterFiles: files.caller });
  const atCallee = await callee.waitForHeard(1_000, { afterFiles: files.callee });
  expectTone(atCaller, { who: 'the caller', frequencyHz: 620, ...same });
  expectTone(atCallee, { who: 'the callee', frequencyHz: 440, ...same });
  await caller.hangup();
}

/** By TCP, so that a BYE to a dead phone fails at once. */
async function allDie(context: CaseContext): Promise<void> {
  const { ringdown, caller, callee } = await talking(context, 'tcp', 2);
  await ringdown.killAndAwait('control');
  const diedMs = Date.now();
  caller.process.kill('SIGKILL');
  callee.process.kill('SIGKILL');
  const record = await recordOf(ringdown);
  expect(record.cause.code === 'media-timeout', `the cause is ${record.cause.code}`);
  expectNear('the end', record.endUtcMs, diedMs, 500);
  await expectNoSessions(ringdown);
}

/** The phone does not register again: it is called where it was. */
async function bindingSurvives(context: CaseContext): Promise<void> {
  const both = await ringing(context);
  await both.callee.hangup();
  await both.caller.waitForEvent('CALL_CLOSED');
  const mark = { caller: both.caller.mark(), callee: both.callee.mark(), said: both.callee.process.mark() };
  await both.ringdown.killAndAwait('control');
  await both.caller.dial(both.dialled);
  await both.callee.waitForEvent('CALL_INCOMING', { from: mark.callee });
  expect(!/^REGISTER /m.test(both.callee.said(mark.said)), 'the callee registered anew');
}

/** Killed before the store has it: what was answered stands in the log. */
async function lastAnsweredSurvives(context: CaseContext): Promise<void> {
  const ringdown = context.keep(await Ringdown.start({ folder: shortFolder(), ports: context.ports }));
  const user = await ringdown.addUser();
  await registerAt(context.on(ringdown), user, await context.ports.take('sip'));
  await ringdown.killAndAwait('control');
  const metrics = await (await fetch(`http://127.0.0.1:${ringdown.httpPort}/metrics`)).text();
  expect(/^ringdown_bindings 1$/m.test(metrics), `the binding is gone\n${metrics}`);
}

const needs = ['baresip'];

export const cases: readonly InteropCase[] = [
  { name: 'survival: control is killed, the caller hangs up', needs, run: (context) => controlDies(context, 'caller') },
  { name: 'survival: control is killed, the callee hangs up', needs, run: (context) => controlDies(context, 'callee') },
  {
    name: 'survival: control is killed, the caller hangs up over TCP',
    needs,
    run: (context) => controlDies(context, 'caller', { transport: 'tcp' }),
  },
  {
    name: 'survival: control is killed, the callee hangs up over TCP',
    needs,
    run: (context) => controlDies(context, 'callee', { transport: 'tcp' }),
  },
  {
    name: 'survival: control is killed twice in one call',
    needs,
    run: (context) => controlDies(context, 'callee', { disaster: controlDiesTwice }),
  },
  {
    name: 'survival: the supervisor is killed, another takes up what runs',
    needs,
    run: (context) => controlDies(context, 'caller', { disaster: (ringdown) => ringdown.replaceSupervisor() }),
  },
  { name: 'survival: control is killed while it rings', needs, run: ringingAndControlDies },
  { name: 'survival: media is killed, the call ends and the next one has sound', needs, run: mediaDies },
  { name: 'survival: control is killed, then both phones: the record ends at the last packet', needs, run: allDie },
  { name: 'survival: a registration is kept when control is killed', needs, run: bindingSurvives },
  {
    name: 'survival: control is killed as soon as it has answered a REGISTER',
    needs: ['sipp'],
    run: lastAnsweredSurvives,
  },
];
