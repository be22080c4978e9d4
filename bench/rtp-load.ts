/**
 * An RTP load generator: lines of two phones, each sending 160 bytes of PCMU every 20 ms, spread evenly over the 20 ms, at absolute
 * times. Each packet carries its time of sending, so that what arrives gives the delay. Against itself (each phone's target is the
 * other phone) it shows what it can carry without a relay. The work is done by a process of its own (rtp-load-process.ts).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';

export interface LoadReport {
  readonly sent: number;
  readonly received: number;
  readonly lostShare: number;
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  /** How late the generator itself was, 99th percentile. */
  readonly lateP99Ms: number;
  /** CPU of the generator's thread over the time, 0 to 1. */
  readonly busyShare: number;
}

/** The ports of a line's two phones. */
export interface Phone {
  readonly a: number;
  readonly b: number;
}

/** Where each phone of a line shall send. */
export interface Target {
  readonly forA: number;
  readonly forB: number;
}

/** Of one line, from `talk` (but for its first moments) to `hush`: what its phones have sent, and received of it. */
export interface LineReport {
  readonly line: number;
  readonly sent: number;
  readonly received: number;
}

export type LoadOrder =
  | { readonly order: 'talk'; readonly line: number; readonly target: Target; readonly uncountedMs: number }
  | { readonly order: 'hush'; readonly line: number }
  | { readonly order: 'reset' }
  | { readonly order: 'report' };

export type LoadAnswer =
  | { readonly answer: 'phones'; readonly phones: readonly Phone[] }
  | { readonly answer: 'hushed'; readonly line: LineReport }
  | { readonly answer: 'report'; readonly report: LoadReport };

export interface RtpLoadInput {
  readonly lines: number;
  readonly firstPort: number;
  readonly port: MessagePort;
}

/** Above those that the system gives to whoever asks for any. */
const defaultFirstPort = 61_000;

export class RtpLoad {
  readonly #child: ChildProcess;
  readonly #hushing = new Map<number, (line: LineReport) => void>();
  #onReport: ((report: LoadReport) => void) | null = null;
  #phones: readonly Phone[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  get phones(): readonly Phone[] {
    return this.#phones;
  }

  pids(): readonly number[] {
    const { pid } = this.#child;
    return pid === undefined ? [] : [pid];
  }

  /** Its sockets are bound when it resolves. */
  static async start(lines: number, firstPort = defaultFirstPort): Promise<RtpLoad> {
    const program = fileURLToPath(new URL('./rtp-load-process.ts', import.meta.url));
    const execArgv = ['--conditions=ringdown-source', '--disable-warning=ExperimentalWarning'];
    const child = fork(program, [String(lines), String(firstPort)], { execArgv });
    const load = new RtpLoad(child);
    await new Promise<void>((done, failed) => {
      child.once('exit', (code) => failed(new TypeError(`the RTP generator ended with ${code}`)));
      child.on('message', (answer: LoadAnswer) => {
        if (answer.answer === 'phones') {
          load.#phones = answer.phones;
          done();
        } else load.#take(answer);
      });
    });
    return load;
  }

  /** This line's phones send from now on; for the first moments what they send is not counted. */
  talk(line: number, target: Target, uncountedMs = 0): void {
    this.#tell({ order: 'talk', line, target, uncountedMs });
  }

  /** This line's phones fall silent; resolves when nothing of theirs can be on the way any more. */
  hush(line: number): Promise<LineReport> {
    return new Promise((done) => {
      this.#hushing.set(line, done);
      this.#tell({ order: 'hush', line });
    });
  }

  /** Of everything since the last `reset`. */
  report(): Promise<LoadReport> {
    return new Promise((done) => {
      this.#onReport = done;
      this.#tell({ order: 'report' });
    });
  }

  reset(): void {
    this.#tell({ order: 'reset' });
  }

  /** All lines, for so long. */
  async run(targets: readonly Target[], seconds: number): Promise<LoadReport> {
    this.reset();
    for (const [line, target] of targets.entries()) this.talk(line, target);
    await new Promise((done) => setTimeout(done, seconds * 1000));
    const lines = await Promise.all(targets.map((_, line) => this.hush(line)));
    const [sent, received] = [total(lines.map((line) => line.sent)), total(lines.map((line) => line.received))];
    return { ...(await this.report()), sent, received, lostShare: sent === 0 ? 1 : 1 - received / sent };
  }

  /** Against itself: A sends to B and B to A. */
  runDirect(seconds: number): Promise<LoadReport> {
    return this.run(
      this.phones.map(({ a, b }) => ({ forA: b, forB: a })),
      seconds,
    );
  }

  async end(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done));
    this.#child.kill('SIGKILL');
    await ended;
  }

  #take(answer: Exclude<LoadAnswer, { answer: 'phones' }>): void {
    if (answer.answer === 'report') {
      this.#onReport?.(answer.report);
      return;
    }
    const done = this.#hushing.get(answer.line.line);
    this.#hushing.delete(answer.line.line);
    done?.(answer.line);
  }

  #tell(order: LoadOrder): void {
    this.#child.send(order);
  }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
