/** Runs a program to its end with its output collected, within a bound. For the tools only. */
import { spawn } from 'node:child_process';
import { root } from './find-files.ts';

export interface CommandOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly withinMs: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface CommandResult {
  /** 0 when all went well; null when the program was ended by a signal. */
  readonly code: number | null;
  readonly output: string;
  readonly timedOut: boolean;
  readonly ms: number;
}

/** Never rejects for what the program does: a program that cannot be started ends with code 127. */
export function runCommand(options: CommandOptions): Promise<CommandResult> {
  const startMs = performance.now();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let timedOut = false;
    const child = spawn(options.command, [...options.args], {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, options.withinMs);
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => done(127, `${options.command}: ${error.message}\n`));
    child.on('close', (code) => done(code, ''));

    function done(code: number | null, more: string): void {
      clearTimeout(timer);
      const output = Buffer.concat(chunks).toString() + more;
      resolve({ code, output, timedOut, ms: performance.now() - startMs });
    }
  });
}

export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
