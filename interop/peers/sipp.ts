/**
 * SIPp with one of the scenarios of interop/sipp, started in the background or run to its end. Its verdict
 * is its exit code and the last line of its statistics file; its error and message logs belong to a failure's text.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ScenarioName, scenarios } from '../sipp/index.ts';
import { PeerProcess } from './peer-process.ts';
import type { Ports } from './ports.ts';
import { InteropFailure, waitFor } from './wait.ts';

export interface SippOptions {
  readonly name: string;
  readonly folder: string;
  readonly ports: Ports;
  readonly scenario: ScenarioName;
  /** Taken from the ports when absent. */
  readonly port?: number;
  /** Absent for a uas. */
  readonly target?: string;
  readonly service?: string;
  readonly calls?: number;
  readonly perSecond?: number;
  /** How many at once; SIPp's own bound otherwise. */
  readonly atOnce?: number;
  readonly transport?: 'u1' | 't1' | 'un';
  /** Lines of an `-inf` file, after `SEQUENTIAL`. */
  readonly users?: readonly string[];
  /** Percent of messages that SIPp throws away, per scenario with `lost="…"` or for all by `-lost`. */
  readonly lostPercent?: number;
  readonly keys?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly traceMessages?: boolean;
}

export interface SippCounts {
  readonly created: number;
  readonly successful: number;
  readonly failed: number;
  readonly retransmissions: number;
  readonly unexpected: number;
}

export class Sipp {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly process: PeerProcess;

  private constructor(options: SippOptions, folder: string, ports: { sip: number; control: number; media: number }) {
    this.name = options.name;
    this.folder = folder;
    this.port = ports.sip;
    const args = formatArguments(options, folder, ports);
    this.process = new PeerProcess({ name: options.name, command: 'sipp', args, folder, env: { TERM: 'dumb' } });
  }

  static async start(options: SippOptions): Promise<Sipp> {
    const folder = join(options.folder, options.name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'scenario.xml'), scenarios[options.scenario]);
    const { ports } = options;
    const own = {
      sip: options.port ?? (await ports.take('sip')),
      control: await ports.take('control'),
      media: await ports.take('media', 4),
    };
    if (options.users !== undefined) {
      writeFileSync(join(folder, 'users.csv'), ['SEQUENTIAL', ...options.users, ''].join('\n'));
    }
    const sipp = new Sipp(options, folder, own);
    await sipp.#waitUntilUp();
    return sipp;
  }

  /** Counts so far. */
  counts(): SippCounts {
    const file = this.#find('_stat.csv') ?? join(this.folder, 'stat.csv');
    const lines = existsSync(file) ? readFileSync(file, 'latin1').trimEnd().split('\n') : [];
    const names = lines[0]?.split(';') ?? [];
    const values = lines.length > 1 ? (lines.at(-1)?.split(';') ?? []) : [];
    const value = (name: string) => Number(values[names.indexOf(name)] ?? 0);
    return {
      created: value('TotalCallCreated'),
      successful: value('SuccessfulCall(C)'),
      failed: value('FailedCall(C)'),
      retransmissions: value('Retransmissions(C)'),
      unexpected: value('FailedUnexpectedMessage(C)'),
    };
  }

  /** To the end of the scenario; anything but success for every call is a failure. */
  async finish(withinMs: number): Promise<SippCounts> {
    const code = await this.process.waitForExit(withinMs).catch((error: Error) => {
      throw new InteropFailure(`${error.message}\n${this.report()}`);
    });
    const counts = this.counts();
    if (code !== 0 || counts.failed > 0) {
      throw new InteropFailure(
        `${this.name}: exit code ${code}, ${counts.successful} of ${counts.created} calls went well\n${this.report()}`,
      );
    }
    return counts;
  }

  /** As far as it has come by then, and to no judgement: what is not through is not through. */
  async finishWithin(withinMs: number): Promise<SippCounts> {
    await this.process.waitForExit(withinMs).catch(() => undefined);
    const counts = this.counts();
    await this.stop();
    return counts;
  }

  /** Each response time 1 of the scenario so far, in whole milliseconds; written for `-trace_rtt -rtt_freq N` after every N calls. */
  responseTimesMs(): number[] {
    const file = this.#find('_rtt.csv');
    if (file === undefined) return [];
    const rows = readFileSync(file, 'latin1').trimEnd().split('\n').slice(1);
    return rows.map((row) => Number(row.split(';')[1]));
  }

  report(): string {
    const part = (ending: string, lines: number) => {
      const file = this.#find(ending);
      if (file === undefined) return '';
      return `--- ${file}\n${readFileSync(file, 'latin1').split('\n').slice(0, lines).join('\n')}\n`;
    };
    return `${part('_errors.log', 30)}${part('_messages.log', 80)}${this.process.tail(12)}`;
  }

  messages(): string {
    const file = this.#find('_messages.log');
    return file === undefined ? '' : readFileSync(file, 'latin1');
  }

  /** With `traceMessages`: until what it sent or got holds this text. */
  async waitForMessage(text: string): Promise<void> {
    await waitFor({ what: `${this.name} to see "${text}"`, tail: () => this.report() }, () =>
      this.messages().includes(text),
    );
  }

  async stop(): Promise<void> {
    await this.process.stop({ signal: 'SIGTERM', withinMs: 2_000 });
  }

  #find(ending: string): string | undefined {
    const file = readdirSync(this.folder).find((one) => one.endsWith(ending));
    return file === undefined ? undefined : join(this.folder, file);
  }

  /** It opens its statistics file when its sockets are bound. */
  async #waitUntilUp(): Promise<void> {
    await waitFor({ what: `${this.name} to start`, tail: () => this.process.tail() }, () => {
      return this.process.exitCode !== undefined || existsSync(join(this.folder, 'stat.csv'));
    });
    if (this.process.exitCode !== undefined && this.process.exitCode > 1) {
      throw new InteropFailure(`${this.name} did not start\n${this.report()}`);
    }
  }
}

function formatArguments(
  options: SippOptions,
  folder: string,
  ports: { sip: number; control: number; media: number },
): string[] {
  const { target, calls, perSecond, atOnce, transport = 'u1', service, users, lostPercent, keys = {} } = options;
  const optional = (flag: string, value: string | number | undefined) =>
    value === undefined ? [] : [flag, String(value)];
  return [
    ...(target === undefined ? [] : [target]),
    ...['-sf', join(folder, 'scenario.xml'), '-nostdin', '-i', '127.0.0.1', '-p', String(ports.sip)],
    ...['-cp', String(ports.control), '-mi', '127.0.0.1', '-mp', String(ports.media), '-t', transport],
    ...optional('-s', service),
    ...optional('-m', calls),
    ...optional('-r', perSecond),
    ...optional('-l', atOnce),
    ...optional('-lost', lostPercent),
    // The system's default holds a hundred messages: a moment without the processor, and SIPp has lost some.
    ...['-buff_size', '4194304'],
    ...(users === undefined ? [] : ['-inf', join(folder, 'users.csv')]),
    ...Object.entries(keys).flatMap(([name, value]) => ['-key', name, value]),
    ...['-trace_stat', '-stf', join(folder, 'stat.csv'), '-fd', '1', '-trace_err'],
    ...['-error_file', join(folder, 'sipp_errors.log')],
    ...(options.traceMessages === true ? ['-trace_msg', '-message_file', join(folder, 'sipp_messages.log')] : []),
    ...(options.args ?? []),
  ];
}
