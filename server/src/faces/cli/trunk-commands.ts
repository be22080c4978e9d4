/** `ringdown trunk`. */
import type { Command } from 'commander';
import { type Ask, askingCommand } from './ask.ts';

export function addTrunkCommands(program: Command, ask: Ask): void {
  const trunk = program.command('trunk').description('carriers and other servers');
  askingCommand(trunk, 'list', 'all trunks').action((_options, command: Command) =>
    ask({ verb: 'trunk.list' }, command),
  );
  askingCommand(trunk, 'add <name>', 'a static peer, or one to register with')
    .requiredOption('--host <host>', 'address of the peer')
    .option('--port <port>', 'its port', Number)
    .option('--prefix <digits>', 'numbers that begin so go out here')
    .option('--username <name>', 'credentials')
    .option('--password <password>', 'credentials')
    .option('--register', 'register with it')
    .action((name: string, options: object, command: Command) =>
      ask({ verb: 'trunk.add', args: { name, ...options } }, command),
    );
}
