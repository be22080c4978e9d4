/** The supervisor with its children, from the first start to the last call drained. */
import { fileURLToPath } from 'node:url';
import { connectUnixSocket, createMediaClient, type MediaClient } from '@ringdown/media/protocol';
import { type AdminClient, connectAdmin } from '#base/admin';
import type { BootstrapConfig } from '#base/config';
import { toAppError } from '#base/errors';
import { handConfiguration } from '../handed-configuration.ts';
import { type Places, plainDatagrams } from '../places.ts';
import { program } from '../program.ts';
import type { ChildSpec, Heartbeat } from './child.ts';
import type { StartOutput } from './start.ts';
import { type Supervised, superviseChildren } from './supervisor.ts';

const beatTimeoutMs = 1000;

/** @returns the exit code, when everything has ended. */
export async function supervise(config: BootstrapConfig, places: Places, output: StartOutput): Promise<number> {
  const supervisor = superviseChildren({
    children: [controlChild(config, places), ...mediaChildren(config, places)],
    nowMs: () => performance.now(),
    report: ({ child, what, detail }) => {
      if (what !== 'up')
        output.printError(`${child}: ${what}${detail === undefined ? '' : ` (${detail})`}; log: ${places.log(child)}`);
    },
  });
  const stopping = untilSignal();
  const isUp = await Promise.race([supervisor.ready.then(() => true), stopping.then(() => false)]);
  if (isUp) {
    await announce(places, output);
    await stopping;
  }
  supervisor.stop();
  await stopChildren(config, places);
  return 0;
}

function untilSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

async function announce(places: Places, output: StartOutput): Promise<void> {
  try {
    const admin = await connectAdmin({ socketPath: places.controlSocket, timeoutMs: 5000 });
    const text = await admin.ask('banner');
    if (typeof text === 'string') output.print(text);
    admin.close();
  } catch (error) {
    output.printError(toAppError(error).message);
  }
}

/** Control drains its calls first; then the media processes have nothing left to carry. */
async function stopChildren(config: BootstrapConfig, places: Places): Promise<void> {
  const withinMs = config.shutdown.drainSec * 1000;
  try {
    const admin = await connectAdmin({ socketPath: places.controlSocket, timeoutMs: withinMs + 5000 });
    await admin.ask('stop', { withinMs });
    admin.close();
  } catch {
    // Not running, or gone before it could answer: both are what was wanted.
  }
  await Promise.all(mediaIndexes(config).map((index) => drainMedia(places.mediaSocket(index))));
}

function drainMedia(socketPath: string): Promise<void> {
  return new Promise((resolve) => {
    const client = createMediaClient({
      connect: connectUnixSocket(socketPath),
      epoch: 0,
      role: 'supervisor',
      onEvent: () => undefined,
      onClosed: () => resolve(),
    });
    client.send<'drain'>({ verb: 'drain', withinMs: 0 }, (outcome) => {
      if (!outcome.ok) resolve();
    });
  });
}

const mediaIndexes = (config: BootstrapConfig): number[] =>
  Array.from({ length: config.media.processes }, (_, index) => index);

/** Young garbage is collected by the control thread alone: helpers wake up for work of a millisecond, and cost more than they take over (docs/adr/0018). */
const controlFlags = ['--no-parallel-scavenge', '--disable-warning=ExperimentalWarning'];

function controlChild(config: BootstrapConfig, places: Places): Supervised {
  const spec: ChildSpec = {
    name: 'control',
    args: [...process.execArgv, ...controlFlags, program, 'process', 'control'],
    afterCrashes: { args: [plainDatagrams], what: 'SIP datagrams go by node:dgram from now on' },
    logFile: places.log('control'),
    env: { ...process.env, ...handConfiguration(config) },
  };
  return {
    spec,
    connect: async () =>
      adminHeartbeat(await connectAdmin({ socketPath: places.controlSocket, timeoutMs: beatTimeoutMs })),
  };
}

function adminHeartbeat(admin: AdminClient): Heartbeat {
  return {
    beat: async () => {
      const pong = (await admin.ask('ping')) as { readonly pid?: unknown } | null;
      return typeof pong?.pid === 'number' ? pong.pid : 0;
    },
    close: () => admin.close(),
  };
}

/** The port range is divided among the media processes. */
function mediaChildren(config: BootstrapConfig, places: Places): Supervised[] {
  const { portMin, portMax, processes, io, gatherMs } = config.media;
  const share = Math.floor((portMax - portMin + 1) / processes / 2) * 2;
  const media = fileURLToPath(import.meta.resolve('@ringdown/media/bin'));
  return mediaIndexes(config).map((index) => {
    const first = portMin + index * share;
    const args = [
      '--socket',
      places.mediaSocket(index),
      '--port-min',
      String(first),
      '--port-max',
      String(first + share - 1),
    ];
    const packets = ['--io', io, '--gather-us', String(Math.round(gatherMs * 1000))];
    const bind = config.sip.listen.flatMap((address) => ['--bind', address]);
    const spec: ChildSpec = {
      name: `media-${index}`,
      args: [...process.execArgv, media, ...args, ...packets, ...bind],
      afterCrashes: { args: ['--io', 'dgram'], what: 'packets go by node:dgram from now on' },
      logFile: places.log(`media-${index}`),
      env: process.env,
    };
    return { spec, connect: () => mediaHeartbeat(places.mediaSocket(index)) };
  });
}

function mediaHeartbeat(socketPath: string): Promise<Heartbeat> {
  return new Promise((resolve, reject) => {
    const client: MediaClient = createMediaClient({
      connect: connectUnixSocket(socketPath),
      epoch: 0,
      role: 'supervisor',
      timeoutMs: beatTimeoutMs,
      onEvent: () => undefined,
      onReady: ({ pid }) => resolve({ beat: () => ping(client, pid), close: () => client.close() }),
      onClosed: ({ detail }) => reject(new MediaSilent(detail)),
    });
  });
}

async function ping(client: MediaClient, pid: number): Promise<number> {
  const outcome = await client.request<'ping'>({ verb: 'ping' });
  if (!outcome.ok) throw new MediaSilent(outcome.error.detail);
  return pid;
}

/** The media process did not answer a heartbeat. */
class MediaSilent extends Error {
  readonly code = 'supervisor.media-silent';
}
