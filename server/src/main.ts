/** The composition root's entrance: which process this is. */
import { runCli } from '#faces/cli';
import { restoreBackup } from './processes/backup/index.ts';
import { runControl } from './processes/control/index.ts';
import { runDoctor } from './processes/doctor/index.ts';
import { start } from './processes/supervisor/index.ts';

const output = {
  print: (text: string): void => void process.stdout.write(`${text}\n`),
  printError: (text: string): void => void process.stderr.write(`${text}\n`),
};

/** @returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv[0] === 'process' && argv[1] === 'control') return runControl();
  return runCli(argv, {
    ...output,
    start: (flags) => start(flags, output),
    doctor: (flags) => runDoctor(flags, output),
    restore: async ({ folder, dataFolder }) => ({ ...(await restoreBackup(folder, dataFolder)) }),
  });
}
