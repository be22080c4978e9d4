/**
 * What a registered contact and a call that is up cost in memory: resident memory of all processes before and after, both after a
 * forced collection of garbage, divided by how many there are.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CaseContext } from '../interop/case-context.ts';
import { credentialsOf, registerAt } from '../interop/cases/sipp.case.ts';
import { readMetric } from '../interop/peers/read-metric.ts';
import { Ringdown } from '../interop/peers/ringdown.ts';
import { Sipp } from '../interop/peers/sipp.ts';
import { expect, waitFor } from '../interop/peers/wait.ts';
import type { BenchSettings } from './bench-settings.ts';
import { type Memory, MemoryReader, readableOptions } from './process-memory.ts';
import { median, type Result, type Row } from './result.ts';
import { mediaRange } from './sides.ts';
import { firstLine } from './signalling-rows.ts';

const registrationsPerSec = 1_000;
const callsPerSec = 150;
const warmUpCalls = 200;
/** As many as the shipped configuration lets an AOR have. */
const contactsPerUser = 10;

/** Grown by one unit. */
interface Grown {
  readonly resident: number;
  readonly control: number;
  readonly media: number;
  readonly controlHeap: number;
  readonly controlBuffers: number;
}

function grownBy(before: Memory, after: Memory, units: number): Grown {
  const per = (from: number, to: number) => Math.round((to - from) / units);
  const role = (name: string) => per(before.residentOf[name] ?? 0, after.residentOf[name] ?? 0);
  return {
    resident: per(before.residentBytes, after.residentBytes),
    control: role('control'),
    media: role('media'),
    controlHeap: per(before.controlHeapBytes, after.controlHeapBytes),
    controlBuffers: per(before.controlBufferBytes, after.controlBufferBytes),
  };
}

async function startServer(settings: BenchSettings, name: string): Promise<Ringdown> {
  const folder = join(settings.folder, name);
  mkdirSync(folder, { recursive: true });
  process.env.NODE_OPTIONS = readableOptions(settings.snapshots);
  try {
    // No media flows, so that nothing but the calls themselves is counted; nor may they be ended for it.
    // So many calls must come up as are divided by: none is turned away because the machine was slow for a moment.
    const moreConfig = ['limits: {overload: false}'];
    const more = { mediaRange, mediaProcesses: 2, mediaTimeoutSec: 3_600, moreConfig };
    return await Ringdown.start({ folder, ports: settings.ports, logLevel: 'warn', ...more });
  } finally {
    delete process.env.NODE_OPTIONS;
  }
}

interface BindingsGrown {
  /** At the first contact of each AOR. */
  readonly ofAor: Grown;
  /** Over all contacts. */
  readonly ofBinding: Grown;
}

/** The same users register several contacts each, every contact in a round of its own. */
async function measureBindings(settings: BenchSettings, run: number): Promise<BindingsGrown> {
  const { bindings, ports, folder } = settings;
  const server = await startServer(settings, `bindings-${run}`);
  try {
    const made = await server.addUsers(Math.ceil(bindings / contactsPerUser));
    const users = made.map((user) => credentialsOf(user, user.username));
    const round = async (scenario: 'register' | 'deregister', number: number) => {
      // From the very port that the contact names: none is behind a NAT.
      const port = await ports.take('sip');
      const sipp = await Sipp.start({
        name: `phones-${run}-${number}`,
        folder,
        ports,
        port,
        scenario,
        target: `127.0.0.1:${server.udpPort}`,
        users,
        calls: users.length,
        perSecond: registrationsPerSec,
        keys: { contact_port: String(port) },
      });
      await sipp.finish((users.length / registrationsPerSec) * 1000 + 60_000);
    };
    // Makes what belongs to a user and to a server at work, not to a contact: credentials opened, code compiled.
    await round('deregister', 0);
    const reader = new MemoryReader(server);
    const before = await reader.read();
    await round('register', 1);
    const ofAor = grownBy(before, await reader.read(), users.length);
    for (let number = 2; number <= contactsPerUser; number += 1) await round('register', number);
    const after = await reader.read();
    const count = await readMetric(server.httpPort, 'ringdown_bindings');
    expect(count === users.length * contactsPerUser, `${count} bindings of ${users.length * contactsPerUser}`);
    const grown = { ofAor, ofBinding: grownBy(before, after, count) };
    console.error(`bindings, run ${run}: ${JSON.stringify(grown)}`);
    if (settings.snapshots !== undefined) await reader.snapshot();
    return grown;
  } finally {
    await server.stop();
  }
}

/** So many calls from SIPp to SIPp that are answered and stay. */
async function measureCalls(settings: BenchSettings, count: number, run: number): Promise<Grown> {
  const { ports } = settings;
  const server = await startServer(settings, `calls-${count}-${run}`);
  const folder = join(settings.folder, `calls-${count}-${run}`);
  const [callerPort, calleePort] = [await ports.take('sip'), await ports.take('sip')];
  const started: Sipp[] = [];
  const hold = async (calls: number) => {
    const common = { folder, ports, calls, atOnce: calls + 1 };
    started.push(await Sipp.start({ ...common, name: `callee-${calls}`, port: calleePort, scenario: 'plainAnswer' }));
    const caller = {
      name: `caller-${calls}`,
      port: callerPort,
      scenario: 'plainCall',
      perSecond: callsPerSec,
    } as const;
    const users = ['+4930999;;+4930777;127.0.0.1'];
    const args = ['-d', calls === warmUpCalls ? '0' : '3600000'];
    const target = `127.0.0.1:${server.udpPort}`;
    started.push(await Sipp.start({ ...common, ...caller, target, users, args }));
  };
  try {
    const user = await server.addUser();
    await registerAt(new CaseContext({ folder, ports, server }), user, calleePort);
    const inbound = { number: '+4930777', extension: user.extension };
    await server.addTrunk({ name: 'load', prefix: '77777', host: '127.0.0.1', port: callerPort, inbound });
    await hold(warmUpCalls);
    for (const sipp of started.splice(0).reverse()) await sipp.finish(30_000);
    const reader = new MemoryReader(server);
    const before = await reader.read();
    await hold(count);
    const wait = { what: `sign of ${count} calls up`, withinMs: (count / callsPerSec) * 1000 + 30_000 };
    await waitFor(wait, async () => {
      await pause(1_000);
      return (await readMetric(server.httpPort, 'ringdown_calls{phase="up"}')) === count;
    });
    const grown = grownBy(before, await reader.read(), count);
    console.error(`${count} calls, run ${run}: ${JSON.stringify(grown)}`);
    if (settings.snapshots !== undefined) await reader.snapshot();
    return grown;
  } finally {
    for (const sipp of started) sipp.process.kill('SIGKILL');
    await server.stop();
  }
}

function rowOf(load: string, all: readonly Grown[]): Row {
  const middle = (pick: (one: Grown) => number) => `${median(all.map(pick)).toLocaleString('en')} B`;
  return {
    server: 'ringdown (B2BUA, defaults, 2 media processes)',
    load,
    unit: 'B',
    values: all.map((one) => one.resident),
    counted: {
      'control process': middle((one) => one.control),
      'its heap': middle((one) => one.controlHeap),
      'its buffers': middle((one) => one.controlBuffers),
      'media processes': middle((one) => one.media),
    },
  };
}

/** So many calls that do not come up are a result as well: the rest is measured. */
async function callRow(settings: BenchSettings, count: number): Promise<Row> {
  const load = `a call that is up, ${count} of them, no RTP flows`;
  const calls: Grown[] = [];
  try {
    for (let run = 0; run < settings.runs; run += 1) calls.push(await measureCalls(settings, count, run));
  } catch (error) {
    return { ...rowOf(load, []), counted: { 'not carried': firstLine(error) } };
  }
  return rowOf(load, calls);
}

async function bindingRows(settings: BenchSettings): Promise<Row[]> {
  const all: BindingsGrown[] = [];
  for (let run = 0; run < settings.runs; run += 1) all.push(await measureBindings(settings, run));
  return [
    rowOf(
      `a binding, ${settings.bindings} of them, ${contactsPerUser} an AOR`,
      all.map((one) => one.ofBinding),
    ),
    rowOf(
      `an AOR with one binding, ${settings.bindings / contactsPerUser} of them`,
      all.map((one) => one.ofAor),
    ),
  ];
}

/** Without bindings (`--bindings 0`) calls alone, and without a number of calls bindings alone. */
export async function benchState(settings: BenchSettings): Promise<Result> {
  const rows = settings.bindings === 0 ? [] : await bindingRows(settings);
  for (const count of settings.idleCalls) rows.push(await callRow(settings, count));
  return { name: 'state', title: 'Memory of a binding and of a call, resident, all processes', rows, generator: {} };
}
