/**
 * `npm run soak -- --calls 1000000 --rate 500 [--record]`: signalling only, so many calls one after the other; see soak-signalling.ts.
 *
 * `npm run soak -- [--minutes 30] [--calls 400] [--record]`: a server in its default configuration under calls with sound that begin and end, and phones that
 * register and leave. At the end: packets lost, calls and registrations that failed, processes that were replaced, and memory after a forced collection of
 * garbage at the start and at the end. With --record the result goes to bench/results/soak.json. Ends with 1 when anything was lost or grew.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Ports } from '../interop/peers/ports.ts';
import { Ringdown } from '../interop/peers/ringdown.ts';
import { cpuBetweenUs, readCpu } from './process-cpu.ts';
import { type Memory, MemoryReader, readableOptions } from './process-memory.ts';
import { RtpLoad } from './rtp-load.ts';
import { mediaRange } from './sides.ts';
import { SoakPhones } from './soak-phones.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    calls: { type: 'string', default: '400' },
    rate: { type: 'string' },
    record: { type: 'boolean', default: false },
  },
});
if (values.rate !== undefined) {
  const { soakSignalling } = await import('./soak-signalling.ts');
  const { calls: wanted, record: isRecorded } = values;
  process.exit((await soakSignalling({ calls: Number(wanted), rate: Number(values.rate), isRecorded })) ? 0 : 1);
}

const [minutes, calls] = [Number(values.minutes), Number(values.calls)];
const talkers = 40;
const registrants = 100;
const registrationsPerSec = 20;
const [shortestSec, longestSec] = [15, 60];
/** Until all bounded memory is full and the compiler has done its work; a fifth of a shorter soak. */
const settleMinutes = Math.min(5, minutes / 5);
/** The same state read twice differs by as much. */
const mostGrowth = 0.05;

interface Sample {
  readonly minute: number;
  readonly memory: Memory;
}

const folder = join(fileURLToPath(new URL('.', import.meta.url)), 'out', `soak-${process.pid}`);
mkdirSync(folder, { recursive: true });
const [server, load] = await Promise.all([startServer(), RtpLoad.start(calls)]);
const pidsAtStart = server.pids();
const users = await server.addUsers(talkers + registrants);
const phones = await SoakPhones.start({
  server: `127.0.0.1:${server.udpPort}`,
  talkers: users.slice(0, talkers),
  registrants: users.slice(talkers),
  load,
  shortestSec,
  longestSec,
  registrationsPerSec,
});
const [startedMs, cpuBefore] = [performance.now(), readCpu(pidsAtStart)];
const reader = new MemoryReader(server);
const samples: Sample[] = [];
const sampleAtMinutes = [settleMinutes, minutes / 2, minutes];
for (const minute of sampleAtMinutes) {
  await pause(Math.max(0, startedMs + minute * 60_000 - performance.now() - 40_000));
  samples.push({ minute, memory: await reader.read() });
  tell(samples.at(-1) as Sample);
}
const cpuUs = cpuBetweenUs(cpuBefore, readCpu(server.pids()));
const seconds = (performance.now() - startedMs) / 1000;
await phones.end();
const report = await load.report();
const replaced = pidsAtStart.filter((pid) => !server.pids().includes(pid)).length;
await Promise.all([server.stop(), load.end()]);

const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
const growth = last.memory.residentBytes / first.memory.residentBytes - 1;
const heapGrowth = last.memory.controlHeapBytes / first.memory.controlHeapBytes - 1;
const { counts } = phones;
const isClean =
  counts.packetsLost === 0 &&
  counts.failedCalls + counts.failedRegistrations + replaced === 0 &&
  Math.max(growth, heapGrowth) < mostGrowth;
const { faults, ...counted } = counts;
const record = {
  ...{ minutes, callsAtOnce: calls, seconds: Math.round(seconds), ...counted, faults, processesReplaced: replaced },
  cpuShareOfOneCore: Number((cpuUs / seconds / 1e6).toFixed(3)),
  ...{ delayP50Ms: report.delayP50Ms, delayP99Ms: report.delayP99Ms, generatorLateP99Ms: report.lateP99Ms },
  ...{ residentGrowth: Number(growth.toFixed(4)), controlHeapGrowth: Number(heapGrowth.toFixed(4)), samples, isClean },
  measuredAt: new Date().toISOString(),
};
console.log(JSON.stringify(record, null, 2));
if (values.record) writeFileSync(new URL('results/soak.json', import.meta.url), `${JSON.stringify(record, null, 2)}\n`);
if (isClean) rmSync(folder, { recursive: true, force: true });
process.exit(isClean ? 0 : 1);

async function startServer(): Promise<Ringdown> {
  process.env.NODE_OPTIONS = readableOptions(undefined);
  try {
    return await Ringdown.start({ folder, ports: new Ports(), mediaRange });
  } finally {
    delete process.env.NODE_OPTIONS;
  }
}

function tell({ minute, memory }: Sample): void {
  const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const resident = `resident ${mb(memory.residentBytes)}, heap of control ${mb(memory.controlHeapBytes)}`;
  console.log(`minute ${minute}: ${resident}; ${JSON.stringify(phones.counts)}`);
}
