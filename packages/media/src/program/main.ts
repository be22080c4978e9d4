/**
 * The program `ringdown-media`: composition root of the engine. The main thread serves the control socket; packet workers own the RTP sockets. Ends by
 * SIGTERM (draining first), when drained, or when nobody has been connected for long and no session is up.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { Engine } from '../engine/engine.ts';
import type { EngineClock } from '../engine/engine-clock.ts';
import { monotonicMs } from '../io/monotonic.ts';
import type { Capability } from '../protocol/command.ts';
import { streamOfSocket } from '../protocol/socket-stream.ts';
import { Region } from '../region/layout.ts';
import type { Sounds } from '../thread/sounds.ts';
import { chooseIo } from './choose-io.ts';
import { type EngineArguments, parseArguments, usage } from './engine-arguments.ts';
import type { ChosenIo } from './io-kind.ts';
import { type Log, openLog } from './json-log.ts';
import { loadSounds } from './load-sounds.ts';
import { type PacketWorkers, startPacketWorkers } from './packet-workers.ts';

const capabilities: readonly Capability[] = ['relay', 'play', 'echo', 'dtmf', 'video', 'reserve'];
/** A stream has two sockets. */
const socketsPerStream = 2;
/** What a SIGTERM leaves to the sessions that are up. */
const drainMs = 60_000;

const processClock: EngineClock = {
  nowMs: monotonicMs,
  utcMs: Date.now,
  after(afterMs, run) {
    const timer = setTimeout(run, afterMs);
    return () => clearTimeout(timer);
  },
};

export function runEngine(args: readonly string[]): void {
  const parsed = parseArguments(args, process.env);
  if (parsed.ok === 'help') process.stdout.write(usage);
  else if (!parsed.ok) {
    process.stderr.write(`ringdown-media: ${parsed.problem}\n\n${usage}`);
    process.exitCode = 2;
  } else {
    const settings = parsed.arguments;
    const log = openLog(settings.logFile);
    const ioChosen = chooseIo(settings.io);
    // While the child tries it.
    const sounds = loadSounds((file, problem) => log('warn', 'a prompt cannot be used', { file, problem }));
    ioChosen.then(
      (io) => start({ settings, log, sounds }, io),
      (error: unknown) => {
        log('error', 'the engine cannot start', { error: String(error) });
        process.exit(70);
      },
    );
  }
}

interface Loaded {
  readonly settings: EngineArguments;
  readonly log: Log;
  readonly sounds: Sounds;
}

function start({ settings, log, sounds }: Loaded, io: ChosenIo): void {
  log(io.why === null ? 'info' : 'warn', `packets by ${io.kind}`, io.why === null ? {} : { why: io.why });
  const region = Region.create(settings.maxStreams);
  let shutDown: (why: string, exitCode: number) => void = () => {};
  const workers = startPacketWorkers({
    memory: region.memory,
    sounds,
    count: settings.threads,
    kind: io.kind,
    maxSockets: settings.maxStreams * socketsPerStream,
    gatherUs: settings.gatherUs,
    onDeath: (error) => {
      // One thread's state cannot be trusted without it: end, so that the supervisor starts a fresh engine.
      log('error', 'a packet thread died', { error: error.stack });
      process.exit(70);
    },
  });
  const engine = new Engine({
    engineId: `eng_${randomUUID()}`,
    clock: processClock,
    random: (below) => (below <= 2 ** 47 ? randomInt(below) : 0),
    region,
    threads: workers.links,
    ioKind: io.kind,
    capabilities: io.kind === 'dgram' ? capabilities : [...capabilities, 'dscp'],
    addresses: settings.addresses,
    portMin: settings.portMin,
    portMax: settings.portMax,
    promptNames: new Set(sounds.prompts.keys()),
    pid: process.pid,
    streamTimeoutMs: settings.streamTimeoutMs,
    orphanAfterMs: settings.orphanAfterMs,
    idleEndMs: settings.idleEndMs,
    onEnd: (why) => shutDown(why, 0),
    log,
  });
  const server = listen(settings.socketPath, engine, log);
  shutDown = shutDownOnce({ engine, server, workers, log, socketPath: settings.socketPath });
  process.on('SIGTERM', () => engine.drain(drainMs));
  process.on('SIGINT', () => shutDown('SIGINT', 0));
  process.on('uncaughtException', (error) => {
    log('error', 'uncaught exception', { error: error.stack });
    process.exit(70);
  });
}

function listen(socketPath: string, engine: Engine, log: Log): Server {
  const server = createServer((socket) => engine.accept((sink) => streamOfSocket(socket, sink)));
  server.on('error', (error) => {
    log('error', 'the control socket failed', { socketPath, error: error.message });
    process.exit(74);
  });
  // A socket file that is left over from a killed engine would make the bind fail.
  rmSync(socketPath, { force: true });
  const umask = process.umask(0o177);
  server.listen(socketPath, () => {
    process.umask(umask);
    chmodSync(socketPath, 0o600);
    log('info', 'ready', { socketPath, pid: process.pid });
  });
  return server;
}

interface Parts {
  readonly engine: Engine;
  readonly server: Server;
  readonly workers: PacketWorkers;
  readonly log: Log;
  readonly socketPath: string;
}

function shutDownOnce(parts: Parts): (why: string, exitCode: number) => void {
  let begun = false;
  return (why, exitCode) => {
    if (begun) return;
    begun = true;
    parts.log('info', 'ending', { why });
    parts.server.close();
    parts.engine.stop(() => {
      parts.workers.stop().then(
        () => process.exit(exitCode),
        () => process.exit(70),
      );
    });
  };
}
