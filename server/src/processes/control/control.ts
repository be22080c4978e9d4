/**
 * The control process: signalling, services, storage, faces. Its life: configuration from the supervisor, truth, telephony, admin socket;
 * then it serves until it is told to stop, or until nobody has supervised it for a minute and no call is up.
 */

import { join } from 'node:path';
import { createSystemTime, type TimeSource } from '#base/clock';
import type { BootstrapConfig } from '#base/config';
import { toAppError } from '#base/errors';
import { createLog, type Log } from '#base/log';
import { createMetrics, type Metrics } from '#base/metrics';
import { type AdminVerb, listenAdmin } from '#faces/admin-socket';
import { listenHealth } from '#faces/http';
import { formatFirstStart } from '#services/first-start';
import type { StorageThread } from '#storage/embedded';
import { takeConfiguration } from '../handed-configuration.ts';
import { makePlaces, type Places, placesIn, plainDatagrams } from '../places.ts';
import { collectMetrics } from './collect-metrics.ts';
import { watchEventLoopDelay } from './event-loop-delay.ts';
import { openTrace } from './open-trace.ts';
import { startTelephony, type Telephony } from './telephony.ts';
import { openTruth, type Truth } from './truth.ts';
import { areaVerbs } from './verbs/area-verbs.ts';

const orphanMs = 60_000;

/** @returns the exit code. */
export async function serve(storageThread: StorageThread): Promise<number> {
  const handed = await takeConfiguration(process.env);
  const isPlain = process.argv.includes(plainDatagrams);
  const config = isPlain ? { ...handed, sip: { ...handed.sip, io: 'dgram' as const } } : handed;
  const places = placesIn(config.dataFolder);
  makePlaces(places);
  const log = createLog({ level: config.log.level, process: 'control' });
  const control = new Control(config, places, log);
  try {
    return await control.run(storageThread);
  } catch (error) {
    log.error({ err: error }, toAppError(error).message);
    await log.flush();
    // Whatever is open by now must not keep a process that serves nobody.
    setImmediate(() => process.exit(1));
    return 1;
  }
}

class Control {
  readonly #config: BootstrapConfig;
  readonly #places: Places;
  readonly #log: Log;
  readonly #time: TimeSource = createSystemTime();
  #end: (exitCode: number) => void = () => undefined;
  readonly #ended = new Promise<number>((resolve) => {
    this.#end = resolve;
  });
  #supervisedAtMs: number;
  #bannerShown = false;

  constructor(config: BootstrapConfig, places: Places, log: Log) {
    this.#config = config;
    this.#places = places;
    this.#log = log;
    this.#supervisedAtMs = this.#time.nowMs();
  }

  async run(storageThread: StorageThread): Promise<number> {
    const shared = { config: this.#config, places: this.#places, time: this.#time, log: this.#log };
    const truth = await openTruth({ ...shared, storageThread, onFailure: (error) => this.#fail(error) });
    const trace = this.#config.log.traceMessages ? openTrace({ ...shared, folder: this.#places.trace }) : null;
    const metrics = createMetrics();
    const telephony = await startTelephony({ ...shared, truth, trace, metrics });
    const delay = watchEventLoopDelay();
    const verbs = new Map<string, AdminVerb>([
      ...areaVerbs({ ...shared, truth, telephony, trace, delay }),
      ...this.#ownVerbs(truth, telephony),
    ]);
    const admin = await listenAdmin({
      socketPath: this.#places.controlSocket,
      verbs,
      onError: (verb, error) => this.#log.error({ err: error, verb }, 'an admin verb failed'),
    });
    collectMetrics({ metrics, truth, telephony, delay });
    const health = await this.#listenHealth(metrics, telephony);
    const second = setInterval(() => this.#eachSecond(truth, telephony), 1000);
    process.on('SIGTERM', () => void this.#stop(telephony, this.#config.shutdown.drainSec * 1000));
    this.#log.info('control is up');
    const exitCode = await this.#ended;
    clearInterval(second);
    delay.stop();
    health?.close();
    await telephony.close();
    await trace?.close();
    await truth.registrar.flush();
    await truth.storage.close();
    await this.#log.flush();
    admin.close();
    setImmediate(() => process.exit(exitCode));
    return exitCode;
  }

  async #listenHealth(metrics: Metrics, telephony: Telephony) {
    const { address, port } = this.#config.http;
    if (port === 0) return undefined;
    const isHealthy = (): boolean => telephony.media.isReady && !telephony.isDraining;
    return listenHealth({
      address,
      port,
      metrics,
      health: () => ({
        isHealthy: isHealthy(),
        parts: { media: telephony.media.isReady, draining: telephony.isDraining, calls: telephony.callCount },
      }),
    });
  }

  #fail(error: unknown): void {
    this.#log.error({ err: error }, 'storage is gone; control ends and will be started again');
    this.#end(1);
  }

  #eachSecond(truth: Truth, telephony: Telephony): void {
    truth.registrar.expire();
    telephony.tick();
    const isOrphan = this.#time.nowMs() - this.#supervisedAtMs > orphanMs;
    if (isOrphan && telephony.callCount === 0) {
      this.#log.warn('no supervisor for a minute and no call is up: control ends');
      this.#end(0);
    }
  }

  #ownVerbs(truth: Truth, telephony: Telephony): [string, AdminVerb][] {
    return [
      [
        'ping',
        () => {
          this.#supervisedAtMs = this.#time.nowMs();
          return { pid: process.pid };
        },
      ],
      ['banner', () => this.#banner(truth)],
      ['stop', (args) => this.#stop(telephony, typeof args.withinMs === 'number' ? args.withinMs : 0)],
    ];
  }

  /** Passwords are in it, so it is told once. */
  #banner(truth: Truth): string {
    const { sip, http, dataFolder } = this.#config;
    const first = truth.firstStart;
    if (first?.made !== true || this.#bannerShown) return `Ringdown is ready at ${truth.serverAddress}.`;
    this.#bannerShown = true;
    return formatFirstStart(first, {
      server: truth.serverAddress,
      udpPort: sip.udpPort,
      tcpPort: sip.tcpPort,
      tlsPort: sip.tlsPort,
      consoleUrl: `http://${http.address}:${http.port}/`,
      dataFolder,
      caFile: join(this.#places.certificates, 'ca.pem'),
    });
  }

  /** No new call; those that are up may end by themselves within the bound. */
  async #stop(telephony: Telephony, withinMs: number): Promise<{ readonly stopped: true }> {
    this.#log.info({ withinMs, calls: telephony.callCount }, 'stopping');
    await telephony.drain(withinMs);
    setTimeout(() => this.#end(0), 20);
    return { stopped: true };
  }
}
