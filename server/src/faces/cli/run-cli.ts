/**
 * `ringdown`: start the server, or ask a running one over its admin socket; one file per group of commands. `--json` for machines; exit codes: 0 done,
 * 1 refused by the server, 2 wrong usage, 3 no server answers.
 */
import { Command, CommanderError } from 'commander';
import { version } from '#base/version';
import { type Ask, type AskOptions, askServer } from './ask.ts';
import { addCallCommands } from './call-commands.ts';
import { addRestoreCommand, addServerCommands, type Restore } from './server-commands.ts';
import { addTraceCommands } from './trace-commands.ts';
import { addTrunkCommands } from './trunk-commands.ts';
import { addNumberCommands, addTenantCommands, addUserCommands } from './user-commands.ts';

export interface CliActions extends AskOptions {
  /** Everything behind `start`, as settings. */
  readonly start: (flags: readonly string[]) => Promise<number>;
  /** Looks at the machine, with the same settings. */
  readonly doctor: (flags: readonly string[]) => Promise<number>;
  readonly restore: Restore;
}

export async function runCli(argv: readonly string[], actions: CliActions): Promise<number> {
  const [first, ...rest] = argv;
  if ((first === 'start' || first === 'doctor') && !rest.includes('--help')) return actions[first](rest);
  let exitCode = 0;
  const program = new Command('ringdown')
    .description('A complete, self-hosted SIP communications platform.')
    .version(version)
    .exitOverride();
  program.configureOutput({
    writeOut: (text) => actions.print(text.trimEnd()),
    writeErr: (text) => actions.printError(text.trimEnd()),
  });
  program
    .command('start')
    .description('start the server (settings: --sip-udp-port 5060, --config FILE, --print-config)');
  program
    .command('doctor')
    .description('what keeps this machine from working as a telephone system (settings as with start; --json)');
  const ask: Ask = async (question, command) => {
    exitCode = await askServer(question, command, actions);
  };
  addTenantCommands(program, ask);
  addUserCommands(program, ask);
  addNumberCommands(program, ask);
  addTrunkCommands(program, ask);
  addCallCommands(program, ask);
  addTraceCommands(program, ask);
  addServerCommands(program, ask);
  addRestoreCommand(program, actions.restore, actions, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}
