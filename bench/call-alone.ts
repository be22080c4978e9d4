/**
 * `node --conditions=ringdown-source bench/call-alone.ts [--calls 6000] [--warm 6000] [--rate 1000] [--direct] [--allocations] [--cpu-prof FILE] [--top 60] [V8 flags]`: what a call costs the main thread
 * of the control process alone. Its telephony runs here with its real log, trace and storage; the phones and the media engine are threads of this process (call-alone-peers.ts, call-alone-media.ts), and
 * no datagram goes through the kernel. Two calls begin with each turn, so that what a turn does for several is done as under load, and the same work is done however loaded the machine is: bytes can be
 * compared on a busy one, CPU as the least of several runs.
 *
 * Flags that begin with --js- are V8's (`--js-max-semi-space-size=32`).
 */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { GCProfiler, getHeapStatistics } from 'node:v8';
import { createSystemTime } from '../server/src/base/clock/index.ts';
import { loadConfig } from '../server/src/base/config/index.ts';
import { createLog } from '../server/src/base/log/index.ts';
import { createMetrics } from '../server/src/base/metrics/index.ts';
import { compileSooner } from '../server/src/processes/control/compile-sooner.ts';
import { openTrace } from '../server/src/processes/control/open-trace.ts';
import { startTelephony } from '../server/src/processes/control/telephony.ts';
import { openTruth } from '../server/src/processes/control/truth.ts';
import { makePlaces, placesIn } from '../server/src/processes/places.ts';
import { beginStorageThread } from '../server/src/storage/embedded/index.ts';
import { startMediaAlone } from './call-alone-media.ts';
import { calleePort, PeersAlone } from './call-alone-peers.ts';
import { type AllocationNode, sumAllocations } from './sum-allocations.ts';
import { readThreads, threadsBetween } from './thread-cpu.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((word) => !word.startsWith('--js-')),
  options: {
    calls: { type: 'string', default: '6000' },
    warm: { type: 'string', default: '6000' },
    rate: { type: 'string', default: '1000' },
    direct: { type: 'boolean', default: false },
    allocations: { type: 'boolean', default: false },
    survivors: { type: 'boolean', default: false },
    'cpu-prof': { type: 'string' },
    top: { type: 'string', default: '60' },
  },
});
/** Of each turn. */
const together = 2;
const samplingBytes = 1024;

async function freePort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  return port;
}

async function startServer(folder: string) {
  const sipPort = await freePort();
  const file = join(folder, 'ringdown.yaml');
  const sip = `{listen: ['127.0.0.1'], gatherMs: 0, udpPort: ${sipPort}, tcpPort: 0, tlsPort: 0, io: dgram}`;
  writeFileSync(file, `dataFolder: ${folder}/data\nsip: ${sip}\nmedia: {processes: 1}\nlimits: {overload: false}\n`);
  const { config } = loadConfig({ env: {}, flags: ['--config', file], readFile: (path) => readFileSync(path, 'utf8') });
  const places = placesIn(config.dataFolder);
  makePlaces(places);
  const media = await startMediaAlone(places.mediaSocket(0));
  const shared = {
    config,
    places,
    time: createSystemTime(),
    log: createLog({ level: config.log.level, process: 'control', file: join(folder, 'control.log') }),
  };
  const onFailure = (error: unknown): never => {
    throw error;
  };
  const truth = await openTruth({ ...shared, storageThread: beginStorageThread(), onFailure });
  const trace = openTrace({ ...shared, folder: places.trace });
  const telephony = await startTelephony({ ...shared, truth, trace, metrics: createMetrics() });
  return { sipPort, truth, telephony, media };
}

type Server = Awaited<ReturnType<typeof startServer>>;

/** A trunk by which calls come in, and a user with one phone, whose number they call. */
async function provision({ truth }: Server, callerPort: number): Promise<void> {
  const media = values.direct ? ('direct' as const) : ('relay' as const);
  const tenant = truth.firstStart?.tenant;
  if (tenant === undefined) throw new TypeError('a first start without a tenant');
  const actor = { tenant, author: 'bench' };
  await truth.directory.updateTenant(actor, { media });
  const user = await truth.directory.createUser(actor, { extension: '2001' });
  await truth.directory.addNumber(actor, { digits: '+4930777', destination: { to: 'user', user: user.user } });
  await truth.trunks.addTrunk(actor, { name: 'load', host: '127.0.0.1', port: callerPort });
  const contacts = [{ uri: `sip:2001@127.0.0.1:${calleePort}` }];
  truth.registrar.register({
    tenant,
    aor: user.aor,
    device: user.device,
    contacts,
    callId: 'bench',
    cseq: 1,
    expiresSec: 36_000,
  });
}

/** Resolves when all of them are over. */
function load({ telephony }: Server, peers: PeersAlone, calls: number): Promise<void> {
  const { transport } = telephony.stack;
  const goal = peers.done + calls;
  const startMs = performance.now();
  const latestMs = startMs + 60_000;
  const turnMs = (together * 1000) / Number(values.rate);
  const idle = new Int32Array(new SharedArrayBuffer(4));
  let left = calls;
  let turns = 0;
  return new Promise((resolve, reject) => {
    const turn = (): void => {
      begun = Math.min(together, left);
      left -= begun;
      transport.drain();
      if (peers.done >= goal) {
        resolve();
        return;
      }
      const waitMs = startMs + ++turns * turnMs - performance.now();
      if (performance.now() > latestMs) {
        reject(
          new RangeError(
            `${goal - peers.done} of ${calls} calls did not end; the phones heard ${peers.refused} refusals`,
          ),
        );
        return;
      }
      if (waitMs > 0) Atomics.wait(idle, 0, 0, waitMs);
      setImmediate(turn);
    };
    turn();
  });
}

/** Calls that the phones begin with the next turn. */
let begun = 0;

interface Collected {
  readonly collections: number;
  /** Survived a young collection: copied within the young generation, or promoted. */
  readonly copied: number;
  readonly promoted: number;
  readonly ms: number;
}

function readCollections(profiler: GCProfiler): Collected {
  const sums = { collections: 0, copied: 0, promoted: 0, ms: 0 };
  for (const { gcType, cost, beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
    sums.ms += cost / 1000;
    if (gcType !== 'Scavenge') continue;
    const young = (at: typeof afterGC): number =>
      at.heapSpaceStatistics
        .filter(({ spaceName }) => spaceName.startsWith('new_'))
        .reduce((sum, { spaceUsedSize }) => sum + spaceUsedSize, 0);
    const old = (at: typeof afterGC): number => at.heapStatistics.usedHeapSize - young(at);
    sums.collections += 1;
    sums.promoted += Math.max(0, old(afterGC) - old(beforeGC));
    sums.copied += young(afterGC);
  }
  return sums;
}

/** Runs the load under the profilers that were asked for, and says what they saw. */
async function profiled(run: () => Promise<void>, calls: number): Promise<void> {
  const session = new Session();
  session.connect();
  const file = values['cpu-prof'];
  if (file !== undefined) {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: 250 });
    await session.post('Profiler.start');
  }
  const samples = values.allocations || values.survivors;
  if (samples) {
    const includeObjectsCollectedByMinorGC = values.allocations;
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: samplingBytes,
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC,
    });
  }
  await run();
  if (file !== undefined) {
    const { profile } = await session.post('Profiler.stop');
    writeFileSync(file, JSON.stringify(profile));
  }
  if (samples) {
    const { profile } = await session.post('HeapProfiler.stopSampling');
    showAllocations(profile.head as AllocationNode, calls);
  }
}

function showAllocations(head: AllocationNode, calls: number): void {
  const { total, layers, functions } = sumAllocations(head);
  console.log(`sampled: ${(total / calls).toFixed(0)} bytes a call`);
  for (const sums of [layers, functions]) {
    console.log('');
    const sorted = [...sums].sort((a, b) => b[1] - a[1]).slice(0, Number(values.top));
    for (const [name, bytes] of sorted) console.log(`${(bytes / calls).toFixed(0).padStart(8)}  ${name}`);
  }
}

async function measure(folder: string): Promise<void> {
  const server = await startServer(folder);
  const peers = await PeersAlone.start(server.sipPort);
  await provision(server, peers.callerPort);
  const { transport, driver } = server.telephony.stack;
  for (const listener of transport.listeners)
    if ('useDirect' in listener && typeof listener.useDirect === 'function')
      listener.useDirect({
        send: (bytes: Uint8Array, remote: { readonly port: number }) => peers.send(bytes, remote),
        receive: (onDatagram: Parameters<PeersAlone['answer']>[1]) => {
          const first = begun;
          begun = 0;
          peers.answer(first, onDatagram);
        },
      });
  const calls = Number(values.calls);
  // The transports of the first calls come meanwhile.
  await load(server, peers, 200);
  await load(server, peers, Number(values.warm));
  const profiler = new GCProfiler();
  const before = {
    cpu: process.threadCpuUsage(),
    bytes: getHeapStatistics().total_allocated_bytes,
    counts: driver.readCounts(),
  };
  const threads = readThreads([process.pid]);
  profiler.start();
  if (values.allocations || values.survivors || values['cpu-prof'] !== undefined)
    await profiled(() => load(server, peers, calls), calls);
  else await load(server, peers, calls);
  const cpu = process.threadCpuUsage(before.cpu);
  const others = threadsBetween(threads, readThreads([process.pid]), calls)
    .filter(({ name }) => /V8Worker|ringdown/.test(name))
    .map(({ name, userUs, systemUs }) => `${name.split(' ').at(-1)} ${(userUs + systemUs).toFixed(0)}`);
  const bytes = getHeapStatistics().total_allocated_bytes - before.bytes;
  const counts = driver.readCounts();
  const { collections, copied, promoted, ms } = readCollections(profiler);
  const each = (sum: number): string => (sum / calls).toFixed(0);
  console.log(
    `allocated ${each(bytes)} bytes a call; ${collections} young collections, outlived by ${each(copied + promoted)} (promoted ${each(promoted)}); collecting ${each(ms * 1000)} us; ` +
      `main thread user ${each(cpu.user)}, system ${each(cpu.system)} us; ${others.join(', ')}; turns ${((counts.turns - before.counts.turns) / calls).toFixed(2)}, sent ${((counts.sent - before.counts.sent) / calls).toFixed(2)}`,
  );
}

/** What the supervisor gives the control process (supervise.ts). */
const controlFlags = ['--no-parallel-scavenge', '--disable-warning=ExperimentalWarning'];

if (process.env.CALL_ALONE === undefined) {
  const flags = process.argv.slice(2).filter((word) => word.startsWith('--js-'));
  const node = [...process.execArgv, ...controlFlags, ...flags.map((word) => word.replace('--js-', '--'))];
  const env = { ...process.env, CALL_ALONE: '1' };
  const { status } = spawnSync(process.execPath, [...node, fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  process.exit(status ?? 1);
}
if (!process.execArgv.some((flag) => flag.includes('invocation'))) compileSooner();
const folder = mkdtempSync(join(tmpdir(), 'call-alone-'));
await measure(folder).finally(() => rmSync(folder, { recursive: true, force: true }));
process.exit(0);
