/** The servers of the signalling benches, each ready to take a SIPp caller's calls to a SIPp callee, and registrations. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CaseContext } from '../interop/case-context.ts';
import { registerAt } from '../interop/cases/sipp.case.ts';
import { Kamailio } from '../interop/peers/kamailio.ts';
import { treeOf } from '../interop/peers/process-tree.ts';
import { readMetric } from '../interop/peers/read-metric.ts';
import { Ringdown } from '../interop/peers/ringdown.ts';
import { expect } from '../interop/peers/wait.ts';
import type { ServerUnderTest, User } from '../interop/server-under-test.ts';
import type { BenchSettings } from './bench-settings.ts';

export interface Side {
  readonly name: string;
  readonly port: number;
  pids(): readonly number[];
  /** Unauthenticated calls from this port to `number` end at the callee's port. */
  prepareCalls(callerPort: number, calleePort: number): Promise<PreparedCalls>;
  users(count: number): Promise<readonly User[]>;
  /** How late its event loop ever came round since the last reading; undefined: nobody says. */
  longestStallMs?(): Promise<number>;
  /** Throws where the calls so far did not use the media engine as this side says it does. */
  expectMedia?(): Promise<void>;
  stop(): Promise<void>;
}

export interface PreparedCalls {
  readonly number: string;
  /** Registers the callee anew, ten minutes at most after the last time, while nobody is on its port. */
  readonly registerAgain?: () => Promise<void>;
}

/** Ours, for who wants to look into it. */
export interface RingdownSide extends Side {
  readonly server: Ringdown;
}

const password = 'kamailio-secret';
/** A call's four ports rest 10 s after it: the range decides the highest rate. */
export const mediaRange = { first: 34_000, last: 60_999 };

export async function startKamailioSide(settings: BenchSettings, options: { digest: boolean }): Promise<Side> {
  const { ports } = settings;
  const folder = join(settings.folder, `kamailio-${ports.rangeOf('sip').first}-${Math.round(performance.now())}`);
  mkdirSync(folder, { recursive: true });
  const farPort = await ports.take('sip');
  const defines = options.digest ? [] : ['NO_AUTH'];
  const kamailio = await Kamailio.start({
    name: 'kamailio',
    folder,
    ports,
    config: 'registrar',
    workers: 1,
    defines,
    farPort,
    password,
  });
  return {
    name: 'kamailio 5.6 (proxy, fm, 1 worker)',
    port: kamailio.sipPort,
    pids: () => treeOf(kamailio.process.pid),
    prepareCalls: async (_callerPort, calleePort) => {
      const server = plainServer(kamailio);
      const context = new CaseContext({ folder, ports, server });
      const user = { username: '3001', extension: '3001', password, domain: '127.0.0.1' };
      await registerAt(context, user, calleePort, 'plainRegister');
      return { number: '3001' };
    },
    users: async (count) =>
      Array.from({ length: count }, (_, index) => {
        const username = String(4000 + index);
        return { username, extension: username, password, domain: '127.0.0.1' };
      }),
    stop: () => kamailio.stop(),
  };
}

function plainServer(kamailio: Kamailio): ServerUnderTest {
  const unused = async () => {
    throw new TypeError('not part of a bench');
  };
  return {
    kind: 'kamailio',
    host: '127.0.0.1',
    domain: '127.0.0.1',
    udpPort: kamailio.sipPort,
    tcpPort: kamailio.sipPort,
    tlsPort: 0,
    caFile: '',
    pids: () => treeOf(kamailio.process.pid),
    addUser: unused,
    addTrunk: unused,
    deleteTrunk: unused,
    tail: () => kamailio.process.tail(),
    stop: () => kamailio.stop(),
  };
}

/** In its shipped default configuration, tracing included. Calls come in by a trunk, known by its port, so that none is challenged. */
export function startRingdownSide(settings: BenchSettings): Promise<RingdownSide> {
  return startRingdown(settings, 'relay');
}

/** The same, but that trunk and user have their media direct: no media session, signalling only. */
export function startSignallingSide(
  settings: Pick<BenchSettings, 'ports' | 'folder'>,
  moreConfig: readonly string[] = [],
): Promise<RingdownSide> {
  return startRingdown(settings, 'direct', moreConfig);
}

async function startRingdown(
  settings: Pick<BenchSettings, 'ports' | 'folder'>,
  media: 'relay' | 'direct',
  moreConfig: readonly string[] = [],
): Promise<RingdownSide> {
  const { ports } = settings;
  const folder = join(settings.folder, `ringdown-${Math.round(performance.now())}`);
  const server = await Ringdown.start({ folder, ports, mediaRange, moreConfig });
  let hasCalls = false;
  return {
    server,
    name: media === 'direct' ? 'ringdown (B2BUA, signalling only)' : 'ringdown (B2BUA, defaults)',
    port: server.udpPort,
    pids: () => server.pids(),
    prepareCalls: async (callerPort, calleePort) => {
      hasCalls = true;
      const user = await server.addUser();
      const registerAgain = () => registerAt(new CaseContext({ folder, ports, server }), user, calleePort);
      await registerAgain();
      const inbound = { number: '+4930777', extension: user.extension };
      if (media === 'direct') await server.cli('user', 'set', user.extension, '--media', media);
      await server.addTrunk({ name: 'load', prefix: '77777', host: '127.0.0.1', port: callerPort, inbound });
      if (media === 'direct') await server.cli('trunk', 'set', 'load', '--media', media);
      return { number: inbound.number, registerAgain };
    },
    users: async (count) => {
      const users: User[] = [];
      for (let index = 0; index < count; index += 1) users.push(await server.addUser());
      return users;
    },
    longestStallMs: async () =>
      (await readMetric(server.httpPort, 'ringdown_event_loop_delay_seconds{quantile="1"}')) * 1000,
    expectMedia: async () => {
      const opened = await readMetric(server.httpPort, 'ringdown_media_sessions_opened_total');
      const isRight = opened > 0 === (hasCalls && media === 'relay');
      expect(isRight, `${opened} media sessions were opened by a side whose media is ${media}`);
    },
    stop: () => server.stop(),
  };
}
