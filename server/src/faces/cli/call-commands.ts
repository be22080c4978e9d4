/** `ringdown calls`: what is up, what is over, one call with its legs. */
import type { Command } from 'commander';
import { type Ask, askingCommand } from './ask.ts';
import { describeCall, historyTable, type LiveCall, liveTable, type PastCall } from './show-calls.ts';

interface HistoryChoice {
  readonly party?: string;
  readonly outcome?: string;
  readonly before?: string;
  readonly limit: number;
}

export function addCallCommands(program: Command, ask: Ask): void {
  const calls = program.command('calls').description('calls that are up, and those that are over');
  askingCommand(calls, 'list', 'all that are up').action((_options, command: Command) =>
    ask({ verb: 'calls.list', show: (result) => liveTable(result as LiveCall[], Date.now()) }, command),
  );
  askingCommand(calls, 'show <call>', 'one call, up or over, with its legs and who was joined to whom').action(
    (call: string, _options, command: Command) =>
      ask(
        { verb: 'calls.show', args: { call }, show: (result) => describeCall(result as LiveCall | PastCall) },
        command,
      ),
  );
  askingCommand(calls, 'history', 'those that are over, the newest first')
    .option('--party <user>', 'from or to this extension or number')
    .option('--outcome <outcome>', 'answered, no-answer, busy, declined, cancelled or failed')
    .option('--before <call>', 'older than this call')
    .option('--limit <count>', 'how many, at most 500', Number, 20)
    .action((options: HistoryChoice, command: Command) =>
      ask(
        {
          verb: 'calls.history',
          args: { ...pick(options) },
          show: (result) => historyTable(result as PastCall[]),
        },
        command,
      ),
    );
  askingCommand(calls, 'hangup <call>', 'end one').action((call: string, _options, command: Command) =>
    ask({ verb: 'calls.hangup', args: { call } }, command),
  );
}

/** Without what all commands have. */
function pick({ party, outcome, before, limit }: HistoryChoice): HistoryChoice {
  return {
    ...(party === undefined ? {} : { party }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(before === undefined ? {} : { before }),
    limit,
  };
}
