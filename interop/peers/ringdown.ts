/**
 * Ringdown itself as a child: a fresh data folder, its bootstrap configuration, users and trunks by its own CLI. All that is
 * assumed of its command line and its first output stands in this one file.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ServerUnderTest, TrunkInput, User } from '../server-under-test.ts';
import { askMany } from './admin-socket.ts';
import { PeerProcess, run } from './peer-process.ts';
import type { PortRange, Ports } from './ports.ts';
import { commandOf, processesNaming, treeOf } from './process-tree.ts';
import { expect, fail, waitFor } from './wait.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const program = ['--conditions=ringdown-source', join(root, 'server/bin/ringdown.js')];
const startWithinMs = 30_000;
/** Four for a call, which rest some seconds afterwards, and what the server holds ready. */
const fewMediaPorts = 600;

export interface RingdownOptions {
  readonly folder: string;
  readonly ports: Ports;
  readonly logLevel?: string;
  /** Instead of ports of the run's own region. */
  readonly mediaRange?: PortRange;
  /** Of the run's own region. Default 600: a server of a single case beside the run's own. */
  readonly mediaPorts?: number;
  readonly mediaProcesses?: number;
  /** A call from which nothing is heard for so long is ended. */
  readonly mediaTimeoutSec?: number | undefined;
  /** Default: those of the system. */
  readonly dnsServers?: readonly string[];
  /** Default: 127.0.0.1 alone. */
  readonly listen?: readonly string[];
  /** SIP over WebSocket; default: not served. */
  readonly wsPort?: number;
  /** Lines of YAML after the harness's own, top-level sections only. */
  readonly moreConfig?: readonly string[];
  /** Replaces the whole `log:` section. */
  readonly traceMessages?: boolean;
}

export class Ringdown implements ServerUnderTest {
  readonly kind = 'ringdown';
  readonly host = '127.0.0.1';
  readonly domain = '127.0.0.1';
  process: PeerProcess;
  readonly #args: readonly string[];
  readonly dataFolder: string;
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly tlsPort: number;
  readonly httpPort: number;
  readonly caFile: string;
  readonly #folder: string;
  #nextExtension = 2001;
  #commands = 0;

  private constructor(args: readonly string[], folder: string, ports: { sip: number; tls: number; http: number }) {
    this.#args = args;
    this.process = startSupervisor(args, folder);
    this.#folder = folder;
    this.dataFolder = join(folder, 'data');
    this.udpPort = ports.sip;
    this.tcpPort = ports.sip;
    this.tlsPort = ports.tls;
    this.httpPort = ports.http;
    this.caFile = join(this.dataFolder, 'certificates', 'ca.pem');
  }

  get pid(): number {
    return this.process.pid;
  }

  static async start(options: RingdownOptions): Promise<Ringdown> {
    const { ports } = options;
    const folder = join(options.folder, 'ringdown');
    mkdirSync(folder, { recursive: true });
    const own = { sip: await ports.take('sip'), tls: await ports.take('tls'), http: await ports.take('control') };
    const mediaPorts = options.mediaPorts ?? fewMediaPorts;
    const first = options.mediaRange?.first ?? (await ports.take('media', mediaPorts));
    const media = options.mediaRange ?? { first, last: first + mediaPorts - 1 };
    const configFile = join(folder, 'ringdown.yaml');
    writeFileSync(
      configFile,
      [
        `dataFolder: ${join(folder, 'data')}`,
        `sip: {listen: [${(options.listen ?? ['127.0.0.1']).map((one) => `'${one}'`).join(', ')}], udpPort: ${own.sip}, tcpPort: ${own.sip}, tlsPort: ${own.tls}, wsPort: ${options.wsPort ?? 0}, dnsServers: [${(options.dnsServers ?? []).map((one) => `'${one}'`).join(', ')}]}`,
        `media: {portMin: ${media.first}, portMax: ${media.last}, timeoutSec: ${options.mediaTimeoutSec ?? 60}, processes: ${options.mediaProcesses ?? 1}}`,
        `http: {address: 127.0.0.1, port: ${own.http}}`,
        `log: {level: ${options.logLevel ?? 'info'}, traceMessages: ${options.traceMessages ?? true}}`,
        'shutdown: {drainSec: 5}',
        ...(options.moreConfig ?? []),
        '',
      ].join('\n'),
    );
    const args = [...program, 'start', '--config', configFile];
    const ringdown = new Ringdown(args, folder, own);
    process.once('exit', () => ringdown.#killAll());
    try {
      await ringdown.#waitUntilHealthy();
    } catch (error) {
      await ringdown.process.stop();
      ringdown.#killAll();
      throw error;
    }
    return ringdown;
  }

  /** A command of the CLI against the running server, its JSON parsed. */
  async cli(...args: string[]): Promise<unknown> {
    this.#commands += 1;
    const name = `cli-${this.#commands}`;
    const folder = this.#folder;
    const whole = [...program, ...args, '--json', '--data-dir', this.dataFolder];
    const done = await run({ name, command: nodeBinary(), args: whole, folder });
    expect(
      done.exitCode === 0,
      `ringdown ${args.join(' ')} ended with ${done.exitCode}\n${done.tail()}\n${this.tail()}`,
    );
    const start = done.output.search(/[{[]/);
    if (start < 0) return undefined;
    return JSON.parse(done.output.slice(start)) as unknown;
  }

  async addUser(): Promise<User> {
    const extension = String(this.#nextExtension);
    this.#nextExtension += 1;
    const made = (await this.cli('user', 'add', extension)) as { username?: string; password?: string } | undefined;
    if (made?.password === undefined) fail(`ringdown user add ${extension} --json gave no password`);
    return { extension, username: made.username ?? extension, password: made.password, domain: this.domain };
  }

  /** Many at once over the admin socket: a process of the command line for each would take an hour. */
  async addUsers(count: number): Promise<readonly User[]> {
    const socketPath = join(this.dataFolder, 'run', 'control.sock');
    const extensions = Array.from({ length: count }, (_, index) => String(this.#nextExtension + index));
    this.#nextExtension += count;
    const made = await askMany<{ readonly username: string; readonly password: string }>(
      socketPath,
      extensions.map((extension) => ({ verb: 'user.add', args: { extension } })),
    );
    return extensions.map((extension, index) => {
      const { username = extension, password = '' } = made[index] ?? {};
      return { extension, username, password, domain: this.domain };
    });
  }

  async addTrunk(input: TrunkInput): Promise<void> {
    const { credentials } = input;
    await this.cli(
      ...['trunk', 'add', input.name, '--host', input.host, '--port', String(input.port), '--prefix', input.prefix],
      ...(credentials === undefined ? [] : ['--username', credentials.username, '--password', credentials.password]),
      ...(credentials?.register === true ? ['--register'] : []),
      ...(input.isProbed === false ? ['--options-sec', '0'] : []),
    );
    const { inbound } = input;
    if (inbound !== undefined) {
      const to =
        'extension' in inbound ? ['--user', inbound.extension] : ['--trunk', inbound.toTrunk, '--forward-outside'];
      await this.cli('number', 'add', inbound.number, '--external', ...to);
    }
  }

  async deleteTrunk({ name, inbound }: TrunkInput): Promise<void> {
    if (inbound !== undefined) await this.cli('number', 'delete', inbound.number);
    await this.cli('trunk', 'delete', name);
  }

  /** Kills a process as a defect of its own would, and waits until the supervisor has put another in its place. */
  async killAndAwait(name: 'control' | 'media-0'): Promise<void> {
    const [pid] = this.#pidsOf(name);
    if (pid === undefined) fail(`no process ${name} is there\n${this.tail()}`);
    process.kill(pid, 'SIGKILL');
    const wait = { what: `another ${name}`, withinMs: 15_000, tail: () => this.tail() };
    await waitFor(wait, () => this.#pidsOf(name).some((one) => one !== pid));
    await this.#waitUntilHealthy();
  }

  /** Kills the supervisor, and starts another: what runs is taken up, not started again. */
  async replaceSupervisor(): Promise<void> {
    const before = [this.#pidsOf('control'), this.#pidsOf('media-0')].flat();
    process.kill(this.pid, 'SIGKILL');
    await this.process.stop();
    this.process = startSupervisor(this.#args, this.#folder);
    await this.process.waitForOutput(/is ready|is set up/);
    const after = [this.#pidsOf('control'), this.#pidsOf('media-0')].flat();
    expect(String(after) === String(before), `the processes are ${after}, and were ${before}\n${this.tail()}`);
  }

  #pidsOf(name: string): number[] {
    const socket = name === 'control' ? undefined : join(this.dataFolder, 'run', `${name}.sock`);
    return processesNaming(this.#folder).filter((pid) => {
      const command = commandOf(pid);
      return socket === undefined ? command.includes('process\0control') : command.includes(socket);
    });
  }

  /** Its detached processes write to files. */
  tail(): string {
    const folder = join(this.dataFolder, 'log');
    const files = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
    const logs = files.map(
      (file) => `--- ${file}\n${readFileSync(file, 'utf8').trimEnd().split('\n').slice(-25).join('\n')}`,
    );
    return [this.process.tail(), ...logs].join('\n');
  }

  /** Supervisor, control and media: the detached ones name the data folder or the configuration. */
  pids(): number[] {
    return [...new Set([...treeOf(this.pid), ...processesNaming(this.#folder)])];
  }

  async stop(): Promise<void> {
    const code = await this.process.stop({ signal: 'SIGTERM', withinMs: 20_000 });
    try {
      expect(code === 0, `Ringdown did not stop cleanly: exit code ${code}\n${this.tail()}`);
      const wait = { what: 'the end of all its processes', withinMs: 10_000, tail: () => this.tail() };
      await waitFor(wait, () => processesNaming(this.#folder).length === 0);
    } finally {
      this.#killAll();
    }
  }

  #killAll(): void {
    for (const pid of processesNaming(this.#folder)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
  }

  async #waitUntilHealthy(): Promise<void> {
    let healthy = false;
    let asking = false;
    const ask = async () => {
      const answer = await fetch(`http://127.0.0.1:${this.httpPort}/health`, { signal: AbortSignal.timeout(1_000) });
      healthy = answer.ok;
    };
    await waitFor(
      {
        what: 'Ringdown to be healthy',
        withinMs: startWithinMs,
        tail: () => this.tail(),
        gone: () => this.process.gone(),
      },
      () => {
        if (!asking && !healthy) {
          asking = true;
          ask()
            .catch(() => undefined)
            .finally(() => {
              asking = false;
            });
        }
        return healthy;
      },
    );
  }
}

function startSupervisor(args: readonly string[], folder: string): PeerProcess {
  return new PeerProcess({ name: 'ringdown', command: nodeBinary(), args: [...args], folder });
}

/** The Node this harness runs on: Node 26 under `npm run`. */
function nodeBinary(): string {
  return process.execPath;
}
