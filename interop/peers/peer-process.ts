/**
 * A program nobody here wrote, as a child: its own process group, its output in memory and in a file, waits on its lines, and
 * a sure end (asked by signal, then killed, and killed as well when this program leaves for whatever reason).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from './wait.ts';

export interface PeerCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

const keptBytes = 4_000_000;
const tailLines = 40;
const running = new Set<PeerProcess>();
process.once('exit', killAll);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll();
    process.exit(130);
  });
}

export function killAll(): void {
  for (const peer of running) peer.kill('SIGKILL');
}

export class PeerProcess {
  readonly name: string;
  readonly logFile: string;
  exitCode: number | undefined;
  readonly #child: ChildProcess;
  readonly #log: WriteStream;
  readonly #ended: Promise<void>;
  #output = '';
  #signal: string | undefined;

  constructor({ name, command, args, folder, env }: PeerCommand) {
    this.name = name;
    this.logFile = join(folder, `${name}.log`);
    this.#log = createWriteStream(this.logFile);
    this.#child = spawn(command, [...args], {
      cwd: folder,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    running.add(this);
    this.#child.stdin?.on('error', () => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('latin1');
      stream?.on('data', (text: string) => this.#keep(text));
    }
    this.#ended = new Promise((done) => {
      this.#child.once('error', (error) => {
        this.#keep(`${error.message}\n`);
        this.#end(127, done);
      });
      this.#child.once('close', (code, signal) => {
        this.#signal = signal ?? undefined;
        this.#end(code ?? 128, done);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get output(): string {
    return this.#output;
  }

  /** A place in the output, so that a later wait sees only what comes after it. */
  mark(): number {
    return this.#output.length;
  }

  tail(lines = tailLines): string {
    const text = this.#output.trimEnd().split('\n').slice(-lines).join('\n');
    return `--- last lines of ${this.name} (${this.logFile})\n${text}\n---`;
  }

  gone(): string | undefined {
    return this.exitCode === undefined ? undefined : `${this.name} ended (${this.#signal ?? this.exitCode})`;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  waitForOutput(pattern: RegExp, options: { from?: number; withinMs?: number } = {}): Promise<RegExpExecArray> {
    const { from = 0, withinMs } = options;
    const wait = { what: `${this.name} to print ${pattern}`, tail: () => this.tail(), gone: () => this.gone() };
    return waitFor(withinMs === undefined ? wait : { ...wait, withinMs }, () => {
      return pattern.exec(this.#output.slice(from)) ?? undefined;
    });
  }

  async waitForExit(withinMs = 15_000): Promise<number> {
    return waitFor({ what: `end of ${this.name}`, withinMs, tail: () => this.tail() }, () => this.exitCode);
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined || this.exitCode !== undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // The group is gone already.
    }
  }

  /** Asks, waits, kills. Gives the exit code. */
  async stop(options: { signal?: NodeJS.Signals; withinMs?: number } = {}): Promise<number> {
    const { signal = 'SIGTERM', withinMs = 3_000 } = options;
    this.kill(signal);
    const timer = setTimeout(() => this.kill('SIGKILL'), withinMs);
    await this.#ended;
    clearTimeout(timer);
    return this.exitCode ?? 128;
  }

  #keep(text: string): void {
    this.#log.write(text, 'latin1');
    if (this.#output.length < keptBytes) this.#output += text;
  }

  #end(code: number, done: () => void): void {
    this.exitCode = code;
    // Children that outlived their leader.
    if (this.#child.pid !== undefined) {
      try {
        process.kill(-this.#child.pid, 'SIGKILL');
      } catch {
        // None left.
      }
    }
    running.delete(this);
    this.#log.end();
    done();
  }
}

export async function run(command: PeerCommand, withinMs = 20_000): Promise<PeerProcess> {
  const peer = new PeerProcess(command);
  try {
    await peer.waitForExit(withinMs);
  } finally {
    peer.kill('SIGKILL');
  }
  return peer;
}
