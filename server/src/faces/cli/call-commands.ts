/** `ringdown status` and `ringdown calls`. */
import type { Command } from 'commander';
import { type Ask, askingCommand } from './ask.ts';

export function addCallCommands(program: Command, ask: Ask): void {
  askingCommand(program, 'status', 'what the server is doing').action((_options, command: Command) =>
    ask({ verb: 'status' }, command),
  );
  const calls = program.command('calls').description('calls that are up');
  askingCommand(calls, 'list', 'all of them').action((_options, command: Command) =>
    ask({ verb: 'calls.list' }, command),
  );
  askingCommand(calls, 'hangup <call>', 'end one').action((call: string, _options, command: Command) =>
    ask({ verb: 'calls.hangup', args: { call } }, command),
  );
}
