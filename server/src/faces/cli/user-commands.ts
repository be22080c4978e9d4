/** `ringdown user`, `ringdown tenant` and `ringdown number`. */
import type { Command } from 'commander';
import { type Ask, askingCommand, headerRulesFrom, withHeaderRules } from './ask.ts';

export function addUserCommands(program: Command, ask: Ask): void {
  const user = program.command('user').description('users and their phones');
  askingCommand(user, 'list', 'all users').action((_options, command: Command) => ask({ verb: 'user.list' }, command));
  askingCommand(user, 'add <extension>', 'a new user; the password is shown once')
    .option('--name <name>', 'display name')
    .action((extension: string, options: { name?: string }, command: Command) =>
      ask({ verb: 'user.add', args: { extension, ...options } }, command),
    );
  askingCommand(user, 'show <extension>', 'a user, the phones, and where they are registered').action(
    (extension: string, _options, command: Command) => ask({ verb: 'user.show', args: { extension } }, command),
  );
  withHeaderRules(
    askingCommand(
      user,
      'set <extension>',
      'what a phone of the user may speak, how it is challenged, where its media goes, what is done to headers',
    ),
  )
    .option('--device <username>', 'which of the phones; default the first')
    .option('--codecs <names>', 'in order of preference, such as PCMA,PCMU; `default` for those of the installation')
    .option('--challenge <algorithms>', 'md5, sha256 or both')
    .option('--media <way>', 'of its calls: relay, direct; `default` as the tenant says')
    .option(
      '--reliability <when>',
      'provisional responses that are acknowledged (100rel, PRACK): off, supported or required',
    )
    .option('--asserted-identity <yes|no>', 'told by P-Asserted-Identity, too, who calls it and who has answered it')
    .option('--registers-others <yes|no>', 'whether it may register other users, as a gateway before them does')
    .action((extension: string, options: object, command: Command) =>
      ask({ verb: 'user.set', args: { extension, ...headerRulesFrom(options) } }, command),
    );
  askingCommand(user, 'reset <extension>', 'a new password for the first device').action(
    (extension: string, _options, command: Command) => ask({ verb: 'user.reset', args: { extension } }, command),
  );
  askingCommand(user, 'delete <extension>', 'remove a user').action((extension: string, _options, command: Command) =>
    ask({ verb: 'user.delete', args: { extension } }, command),
  );
}

export function addTenantCommands(program: Command, ask: Ask): void {
  const tenant = program.command('tenant').description('what holds for all users and trunks');
  askingCommand(tenant, 'show', 'its domains and settings').action((_options, command: Command) =>
    ask({ verb: 'tenant.show' }, command),
  );
  askingCommand(tenant, 'set', 'what holds for all users and trunks, or for those that have no setting of their own')
    .option('--media <way>', 'of calls: relay (through this server) or direct (straight, where both sides allow)')
    .option('--alert-internal <value>', 'Alert-Info of calls of colleagues, such as <urn:alert:source:internal>')
    .option('--alert-external <value>', 'Alert-Info of calls from outside, such as <urn:alert:source:external>')
    .option('--pick-up <who>', "who may answer a call that rings at a user's phone: own (its other phones) or anyone")
    .option('--watching <whose>', 'whose calls and presence a user may watch: tenant (everybody’s) or own')
    .action((options: object, command: Command) => ask({ verb: 'tenant.set', args: { ...options } }, command));
}

export function addNumberCommands(program: Command, ask: Ask): void {
  const number = program.command('number').description('numbers that can be dialled');
  askingCommand(number, 'list', 'all numbers').action((_options, command: Command) =>
    ask({ verb: 'number.list' }, command),
  );
  askingCommand(number, 'add <digits>', 'a number and where it leads')
    .option('--user <extension>', 'to this user')
    .option('--trunk <name>', 'out by this trunk')
    .option('--external', 'reachable from trunks')
    .option('--forward-outside', 'with --trunk and --external: calls from outside may go out again by it')
    .action((digits: string, options: object, command: Command) =>
      ask({ verb: 'number.add', args: { digits, ...options } }, command),
    );
  askingCommand(number, 'delete <digits>', 'remove a number').action((digits: string, _options, command: Command) =>
    ask({ verb: 'number.delete', args: { digits } }, command),
  );
}
