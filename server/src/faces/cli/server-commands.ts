/** `ringdown status`, `backup`, `restore`, `certificates`. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { toAppError } from '#base/errors';
import { type Ask, type AskOptions, askingCommand } from './ask.ts';
import { printFields } from './print-table.ts';

export interface RestoreOptions {
  readonly folder: string;
  readonly dataFolder: string;
}

/** Makes a data folder of a backup; the server does not run then, so nobody is asked. */
export type Restore = (options: RestoreOptions) => Promise<Readonly<Record<string, unknown>>>;

export function addServerCommands(program: Command, ask: Ask): void {
  askingCommand(program, 'status', 'what the server is doing').action((_options, command: Command) =>
    ask({ verb: 'status', take: withoutConfig }, command),
  );
  askingCommand(program, 'backup <folder>', 'a backup of the running server, into a new folder')
    .option('--without-key', 'leave the key file out, to keep it apart; without it sealed passwords cannot be read')
    .action((folder: string, options: { withoutKey?: boolean }, command: Command) =>
      ask({ verb: 'backup', args: { folder: resolve(folder), withoutKey: options.withoutKey === true } }, command),
    );
  const certificates = program.command('certificates').description('what TLS shows to peers');
  askingCommand(certificates, 'list', 'each, what it is for and until when').action((_options, command: Command) =>
    ask({ verb: 'certificates.list' }, command),
  );
  askingCommand(certificates, 'reload', 'read the files now; they are looked at every ten seconds anyway').action(
    (_options, command: Command) => ask({ verb: 'certificates.reload' }, command),
  );
}

/** @returns through `done` the exit code: 0 restored, 1 not. */
export function addRestoreCommand(
  program: Command,
  restore: Restore,
  output: AskOptions,
  done: (code: number) => void,
): void {
  program
    .command('restore <folder>')
    .description('make a data folder of a backup; the server must not run')
    .option('--json', 'print JSON')
    .option('--data-dir <folder>', 'data folder to make', process.env.RINGDOWN_DATA_FOLDER ?? './data')
    .action(async (folder: string, options: { json?: boolean; dataDir: string }) => {
      try {
        const result = await restore({ folder: resolve(folder), dataFolder: resolve(options.dataDir) });
        output.print(options.json === true ? JSON.stringify(result) : printFields(Object.entries(result)));
        done(0);
      } catch (thrown) {
        const { code, message } = toAppError(thrown);
        output.printError(options.json === true ? JSON.stringify({ error: { code, message } }) : message);
        done(1);
      }
    });
}

/** For people the configuration is `start --print-config`. */
function withoutConfig(status: unknown): unknown {
  if (typeof status !== 'object' || status === null) return status;
  return Object.fromEntries(Object.entries(status).filter(([name]) => name !== 'config'));
}
