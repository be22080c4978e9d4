/** One question of the command line to the running server, and how its answer is shown: JSON for machines, else what the command makes of it. */
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { connectAdmin } from '#base/admin';
import { toAppError } from '#base/errors';
import { printResult } from './print-table.ts';

const answerWithinMs = 30_000;

export interface Question {
  /** `user.add`, as the admin protocol has it. */
  readonly verb: string;
  readonly args?: Readonly<Record<string, unknown>>;
  /** What is done with the answer here; what it returns is shown instead. */
  readonly take?: (result: unknown) => unknown;
  /** The answer for people; without it a table of whatever came. */
  readonly show?: (result: unknown) => string;
}

/** Asks, prints, and remembers the exit code. */
export type Ask = (question: Question, command: Command) => Promise<void>;

export interface AskOptions {
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

interface Common {
  readonly json?: boolean;
  readonly dataDir?: string;
}

/** A command that asks the server: with the options that all of them have. */
export function askingCommand(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--json', 'print JSON')
    .option('--data-dir <folder>', 'data folder of the server', process.env.RINGDOWN_DATA_FOLDER ?? './data');
}

/** @returns the exit code: 0 done, 1 refused by the server, 3 no server answers. */
export async function askServer(question: Question, command: Command, actions: AskOptions): Promise<number> {
  const { verb, args = {}, take = (result) => result, show = printResult } = question;
  const { dataDir, json } = command.optsWithGlobals<Common>();
  const socketPath = join(resolve(dataDir ?? './data'), 'run', 'control.sock');
  try {
    const admin = await connectAdmin({ socketPath, timeoutMs: answerWithinMs });
    const result = take(await admin.ask(verb, args).finally(() => admin.close()));
    actions.print(json === true ? JSON.stringify(result) : show(result));
    return 0;
  } catch (thrown) {
    const { code, message } = toAppError(thrown);
    actions.printError(json === true ? JSON.stringify({ error: { code, message } }) : message);
    return code === 'admin.unreachable' ? 3 : 1;
  }
}

/** Repeatable; see {@link headerRulesFrom}. */
export function withHeaderRules(command: Command): Command {
  return command
    .option(
      '--header-rule <rule>',
      'what is done to a header, such as "out add X-Carrier: gold", "out rewrite From.user 00* +$1"; repeat it for several, in order, in place of all there were',
      (rule: string, rules: readonly string[] = []) => [...rules, rule],
    )
    .option('--no-header-rules', 'nothing is done to headers any more');
}

interface HeaderRuleOptions {
  readonly headerRule?: readonly string[];
  readonly headerRules?: boolean;
}

/** The options as arguments of a verb: rules that were given, none where none are wanted, nothing where nothing was said. */
export function headerRulesFrom<T extends HeaderRuleOptions>({ headerRule, headerRules, ...rest }: T) {
  const rules = headerRules === false ? [] : headerRule;
  return rules === undefined ? rest : { ...rest, headerRules: rules };
}
