/**
 * `ringdown`: start the server, or ask a running one over its admin socket. `--json` for machines; exit codes: 0 done, 1 refused by the server, 2 wrong
 * usage, 3 no server answers.
 */
import { join, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { connectAdmin } from '#base/admin';
import { toAppError } from '#base/errors';

export interface CliActions {
  /** Everything behind `start`, as settings. */
  readonly start: (flags: readonly string[]) => Promise<number>;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

interface Common {
  readonly json?: boolean;
  readonly dataDir?: string;
}

export async function runCli(argv: readonly string[], actions: CliActions): Promise<number> {
  if (argv[0] === 'start') return actions.start(argv.slice(1));
  let exitCode = 0;
  const program = new Command('ringdown')
    .description('A complete, self-hosted SIP communications platform.')
    .exitOverride();
  program.configureOutput({
    writeOut: (text) => actions.print(text.trimEnd()),
    writeErr: (text) => actions.printError(text.trimEnd()),
  });
  program
    .command('start')
    .description('start the server (settings: --sip-udp-port 5060, --config FILE, --print-config)');
  const ask = async (verb: string, args: Readonly<Record<string, unknown>>, command: Command): Promise<void> => {
    exitCode = await askServer({ verb, args, common: command.optsWithGlobals<Common>() }, actions);
  };
  addUserCommands(program, ask);
  addTrunkCommands(program, ask);
  addCallCommands(program, ask);
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
  return exitCode;
}

type Ask = (verb: string, args: Readonly<Record<string, unknown>>, command: Command) => Promise<void>;

function verb(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print JSON')
    .option('--data-dir <folder>', 'data folder of the server', process.env.RINGDOWN_DATA_FOLDER ?? './data');
}

function addUserCommands(program: Command, ask: Ask): void {
  const user = program.command('user').description('users and their phones');
  verb(user, 'list', 'all users').action((_options, command: Command) => ask('user.list', {}, command));
  verb(user, 'add <extension>', 'a new user; the password is shown once')
    .option('--name <name>', 'display name')
    .action((extension: string, options: { name?: string }, command: Command) =>
      ask('user.add', { extension, ...options }, command),
    );
  verb(user, 'reset <extension>', 'a new password for the first device').action(
    (extension: string, _options, command: Command) => ask('user.reset', { extension }, command),
  );
  verb(user, 'delete <extension>', 'remove a user').action((extension: string, _options, command: Command) =>
    ask('user.delete', { extension }, command),
  );
  const number = program.command('number').description('numbers that can be dialled');
  verb(number, 'list', 'all numbers').action((_options, command: Command) => ask('number.list', {}, command));
  verb(number, 'add <digits>', 'a number and where it leads')
    .option('--user <extension>', 'to this user')
    .option('--trunk <name>', 'out by this trunk')
    .option('--external', 'reachable from trunks')
    .action((digits: string, options: object, command: Command) => ask('number.add', { digits, ...options }, command));
}

function addTrunkCommands(program: Command, ask: Ask): void {
  const trunk = program.command('trunk').description('carriers and other servers');
  verb(trunk, 'list', 'all trunks').action((_options, command: Command) => ask('trunk.list', {}, command));
  verb(trunk, 'add <name>', 'a static peer, or one to register with')
    .requiredOption('--host <host>', 'address of the peer')
    .option('--port <port>', 'its port', Number)
    .option('--prefix <digits>', 'numbers that begin so go out here')
    .option('--username <name>', 'credentials')
    .option('--password <password>', 'credentials')
    .option('--register', 'register with it')
    .action((name: string, options: object, command: Command) => ask('trunk.add', { name, ...options }, command));
}

function addCallCommands(program: Command, ask: Ask): void {
  verb(program, 'status', 'what the server is doing').action((_options, command: Command) =>
    ask('status', {}, command),
  );
  const calls = program.command('calls').description('calls that are up');
  verb(calls, 'list', 'all of them').action((_options, command: Command) => ask('calls.list', {}, command));
  verb(calls, 'hangup <call>', 'end one').action((call: string, _options, command: Command) =>
    ask('calls.hangup', { call }, command),
  );
}

interface Question {
  readonly verb: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly common: Common;
}

async function askServer(question: Question, actions: CliActions): Promise<number> {
  const socketPath = join(resolve(question.common.dataDir ?? './data'), 'run', 'control.sock');
  try {
    const admin = await connectAdmin({ socketPath, timeoutMs: 10_000 });
    const result = await admin.ask(question.verb, question.args).finally(() => admin.close());
    actions.print(question.common.json === true ? JSON.stringify(result) : describe(result));
    return 0;
  } catch (thrown) {
    const error = toAppError(thrown);
    actions.printError(
      question.common.json === true
        ? JSON.stringify({ error: { code: error.code, message: error.message } })
        : error.message,
    );
    return error.code === 'admin.unreachable' ? 3 : 1;
  }
}

/** Lists as one line per entry, the rest as `name: value` lines. */
function describe(result: unknown): string {
  if (Array.isArray(result))
    return result.length === 0
      ? '(none)'
      : result
          .map((row) =>
            flatten(row)
              .map(([name, value]) => `${name}=${value}`)
              .join('  '),
          )
          .join('\n');
  if (typeof result !== 'object' || result === null) return result === null ? 'done' : String(result);
  return flatten(result)
    .map(([name, value]) => `${name.padEnd(10)} ${value}`)
    .join('\n');
}

function flatten(row: unknown): [string, string][] {
  if (typeof row !== 'object' || row === null) return [['value', String(row)]];
  return Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
}
