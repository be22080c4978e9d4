/** The composition root's entrance: which process this is. */
import { runCli } from '#faces/cli';
import { runControl } from './processes/control/control.ts';
import { start } from './processes/supervisor/start.ts';

/** @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'process' && argv[1] === 'control') return runControl();
  return runCli(argv, {
    start: (flags) =>
      start(flags, {
        print: (text) => process.stdout.write(`${text}\n`),
        printError: (text) => process.stderr.write(`${text}\n`),
      }),
  });
}
