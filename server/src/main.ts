/** The composition root's entrance: which process this is. */
import { runControl } from './processes/control/control.ts';
import { start } from './processes/supervisor/start.ts';

/** @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'process' && argv[1] === 'control') return runControl();
  return start(argv[0] === 'start' ? argv.slice(1) : argv, {
    print: (text) => process.stdout.write(`${text}\n`),
    printError: (text) => process.stderr.write(`${text}\n`),
  });
}
