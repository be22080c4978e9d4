/** RTP relay: Ringdown's media engine beside rtpengine, the same calls from the same generator, CPU per packet and delay. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectUnixSocket, createMediaClient, type MediaClient, type MediaCommand } from '@ringdown/media/protocol';
import { PeerProcess } from '../interop/peers/peer-process.ts';
import type { PortRange, Ports } from '../interop/peers/ports.ts';
import { treeOf } from '../interop/peers/process-tree.ts';
import { Rtpengine } from '../interop/peers/rtpengine.ts';
import { expect } from '../interop/peers/wait.ts';
import type { BenchSettings } from './bench-settings.ts';
import { bindTo, core } from './own-core.ts';
import { cpuBetweenUs, readCpu } from './process-cpu.ts';
import type { Result, Row } from './result.ts';
import { type LoadReport, type Phone, RtpLoad, type Target } from './rtp-load.ts';
import { mediaRange } from './sides.ts';

interface Relay {
  readonly name: string;
  pids(): readonly number[];
  openCall(callId: string, phone: Phone): Promise<Target>;
  stop(): Promise<void>;
}

/** What a call that is carried well may suffer. */
const mostDelayMs = 5;
const mostLost = 0.001;

/** Before the measurement, at its load: a server runs for weeks, its just-in-time compiler for the first seconds of them. */
const warmUpSec = 4;

const engineProgram = fileURLToPath(new URL('../packages/media/bin/ringdown-media.js', import.meta.url));

/** One way to start a relay. */
interface Side {
  readonly id: string;
  start(folder: string, media: PortRange, ports: Ports): Promise<Relay>;
}

interface OwnSide {
  readonly io: 'io_uring' | 'epoll' | 'dgram';
  readonly gatherUs: number;
}

function ourSide(own: OwnSide): Side {
  return { id: `${own.io}-${own.gatherUs}`, start: (folder, media) => startOurs(folder, media, own) };
}

/** The first is what is shipped, where the machine allows it. */
const sides: readonly Side[] = [
  ourSide({ io: 'io_uring', gatherUs: 1_000 }),
  { id: 'rtpengine', start: startPeer },
  ourSide({ io: 'io_uring', gatherUs: 0 }),
  ourSide({ io: 'epoll', gatherUs: 1_000 }),
  ourSide({ io: 'dgram', gatherUs: 0 }),
];

async function startOurs(folder: string, media: PortRange, own: OwnSide): Promise<Relay> {
  const socketPath = join(folder, 'media.sock');
  const args = ['--conditions=ringdown-source', engineProgram, '--socket', socketPath];
  const range = ['--port-min', String(media.first), '--port-max', String(media.last)];
  const io = ['--io', own.io, '--gather-us', String(own.gatherUs)];
  const engine = new PeerProcess({
    name: 'ringdown-media',
    command: process.execPath,
    args: [...args, ...range, ...io],
    folder,
  });
  await engine.waitForOutput(/"ready"/);
  let ioKind = 'unknown';
  const client = await new Promise<MediaClient>((done) => {
    const made: MediaClient = createMediaClient({
      connect: connectUnixSocket(socketPath),
      epoch: 1,
      onEvent: () => undefined,
      onReady: (hello) => {
        ioKind = hello.ioKind;
        done(made);
      },
    });
  });
  return {
    name: `ringdown-media (${ioKind}${own.gatherUs > 0 ? `, gathers ${own.gatherUs / 1000} ms` : ''})`,
    pids: () => treeOf(engine.pid),
    openCall: (callId, phone) => openOurs(client, callId, phone),
    stop: async () => {
      client.close();
      await engine.stop();
    },
  };
}

async function openOurs(client: MediaClient, callId: string, phone: Phone): Promise<Target> {
  const legs = [
    ['a', phone.a],
    ['b', phone.b],
  ] as const;
  const streams = legs.map(([leg]) => ({ streamId: `${callId}-${leg}`, kind: 'audio' as const }));
  const opened = await client.request<'openSession'>({ verb: 'openSession', sessionId: callId, callId, streams });
  expect(opened.ok, `openSession failed: ${JSON.stringify(opened)}`);
  for (const [leg, port] of legs) {
    const remote = { address: '127.0.0.1', port };
    const codecs = [{ payloadType: 0, name: 'PCMU', clockRate: 8000 }];
    await done(client, { verb: 'updateStream', streamId: `${callId}-${leg}`, remote, direction: 'sendrecv', codecs });
  }
  const pair = { a: `${callId}-a`, b: `${callId}-b`, payloadMapAtoB: [], payloadMapBtoA: [] };
  await done(client, { verb: 'join', ...pair });
  const [forA, forB] = opened.ok ? opened.result.streams.map((stream) => stream.rtpPort) : [];
  return { forA: forA ?? 0, forB: forB ?? 0 };
}

async function done(client: MediaClient, command: MediaCommand): Promise<void> {
  const outcome = await client.request(command);
  expect(outcome.ok, `${command.verb} failed: ${JSON.stringify(outcome)}`);
}

async function startPeer(folder: string, mediaPorts: PortRange, ports: Ports): Promise<Relay> {
  const engine = await Rtpengine.start({ folder, ports, threads: 1, mediaPorts });
  return {
    name: 'rtpengine 10.5, 1 thread',
    pids: () => treeOf(engine.process.pid),
    openCall: (callId, phone) => engine.openCall(callId, phone),
    stop: () => engine.stop(),
  };
}

interface Measured {
  readonly cpuUsPerPacket: number;
  readonly report: LoadReport;
}

async function measure(relay: Relay, calls: number, seconds: number): Promise<Measured> {
  const load = await RtpLoad.start(calls);
  try {
    bindTo(core.server, relay.pids());
    bindTo(core.load, load.pids());
    const targets: Target[] = [];
    for (const [index, phone] of load.phones.entries()) targets.push(await relay.openCall(`c${index}`, phone));
    await load.run(targets, warmUpSec);
    const before = readCpu(relay.pids());
    const report = await load.run(targets, seconds);
    const cpuUs = cpuBetweenUs(before, readCpu(relay.pids()));
    return { cpuUsPerPacket: cpuUs / report.received, report };
  } finally {
    await load.end();
  }
}

export async function benchRelay(settings: BenchSettings): Promise<Result> {
  const highest = Math.max(...settings.relayCalls);
  const direct = await RtpLoad.start(highest);
  bindTo(core.load, direct.pids());
  await direct.runDirect(warmUpSec);
  const alone = await direct.runDirect(settings.seconds);
  await direct.end();
  const rows: Row[] = [];
  for (const calls of settings.relayCalls) rows.push(...(await rowsAt(settings, calls)));
  rows.push(...mostCalls(rows));
  return { name: 'relay', title: 'RTP relay, PCMU both ways, CPU per packet', rows, generator: summary(alone) };
}

async function rowsAt(settings: BenchSettings, calls: number): Promise<Row[]> {
  const { ports, folder, runs, seconds, relaySides } = settings;
  const measured = new Map<string, Measured[]>();
  for (let run = 0; run < runs; run += 1) {
    for (const side of sides.slice(0, relaySides)) {
      const own = join(folder, `relay-${side.id}-${calls}-${run}`);
      mkdirSync(own, { recursive: true });
      const relay = await side.start(own, { first: mediaRange.first, last: mediaRange.first + calls * 4 + 7 }, ports);
      try {
        const one = await measure(relay, calls, seconds);
        measured.set(relay.name, [...(measured.get(relay.name) ?? []), one]);
      } finally {
        await relay.stop();
      }
    }
  }
  return [...measured].map(([server, all]) => rowOf(server, calls, all));
}

/** Of the loads that were measured, the highest that every run has carried well. */
function mostCalls(rows: readonly Row[]): Row[] {
  const servers = [...new Set(rows.map((row) => row.server))];
  return servers.flatMap((server) => {
    const carried = rows.filter((row) => row.server === server && isCarried(row)).map((row) => row.at ?? 0);
    if (carried.length === 0) return [];
    const counted = { 'p99 below': `${mostDelayMs} ms`, 'lost below': `${mostLost * 100}%` };
    return [{ server, load: 'most calls on one core', unit: 'calls', values: [Math.max(...carried)], counted }];
  });
}

function isCarried({ also }: Row): boolean {
  const within = (values: readonly number[] | undefined, most: number) => (values ?? []).every((value) => value < most);
  return within(also?.delayP99Ms, mostDelayMs) && within(also?.lostShare, mostLost);
}

function rowOf(server: string, calls: number, all: readonly Measured[]): Row {
  const last = all.at(-1)?.report;
  const values = all.map((one) => one.cpuUsPerPacket);
  const also = {
    delayP99Ms: all.map(({ report }) => report.delayP99Ms),
    lostShare: all.map(({ report }) => report.lostShare),
  };
  const counted = last === undefined ? {} : summary(last);
  return { server, load: `${calls} calls`, at: calls, unit: 'us', values, counted, also };
}

function summary(report: LoadReport): Record<string, string> {
  return {
    sent: String(report.sent),
    lost: `${(report.lostShare * 100).toFixed(3)}%`,
    'delay p50': `${report.delayP50Ms.toFixed(2)} ms`,
    'delay p99': `${report.delayP99Ms.toFixed(2)} ms`,
    'generator late p99': `${report.lateP99Ms.toFixed(2)} ms`,
    'generator busy': `${Math.round(report.busyShare * 100)}%`,
  };
}
