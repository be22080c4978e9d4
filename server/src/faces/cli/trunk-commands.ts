/** `ringdown trunk`. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type Ask, askingCommand, headerRulesFrom, withHeaderRules } from './ask.ts';

export function addTrunkCommands(program: Command, ask: Ask): void {
  const trunk = program.command('trunk').description('carriers and other servers');
  askingCommand(trunk, 'list', 'all trunks').action((_options, command: Command) =>
    ask({ verb: 'trunk.list' }, command),
  );
  const add = askingCommand(trunk, 'add <name>', 'a static peer, or one to register with')
    .option('--host <host>', 'address of the peer; one that registers here needs none')
    .option('--port <port>', 'its port', Number)
    .option('--prefix <digits>', 'numbers that begin so go out here')
    .option('--username <name>', 'credentials')
    .option('--password <password>', 'credentials')
    .option('--register', 'register with it')
    .option('--registers-as <address>', 'it registers here as user@domain, by those credentials: a PBX')
    .option('--transport <transport>', 'udp, tcp or tls')
    .option('--ca <file>', "with tls: the authority of its certificate (PEM), instead of the system's")
    .option('--pin <sha256>', 'with tls: the fingerprint of its certificate')
    .option('--mutual-tls', 'its calls count only over tls, with a certificate by the same rule')
    .option('--wildcards', 'with tls: a wildcard in its certificate counts, against RFC 5922')
    .option('--codecs <names>', 'in order of preference, such as PCMA,PCMU')
    .option('--media <way>', 'of its calls: relay, direct; `default` as the tenant says')
    .option('--channels <number>', 'calls at the same time, both directions', Number)
    .option('--history <headers>', 'by which it is told where a call has been: history-info, diversion, both or off')
    .option('--alert <value>', 'Alert-Info of its calls at our phones, such as <urn:alert:source:external>')
    .option('--challenge <algorithms>', 'ask its calls for credentials: none, md5, sha256 or both')
    .option(
      '--reliability <when>',
      'provisional responses that are acknowledged (100rel, PRACK): off, supported or required',
    )
    .option('--may-transfer', 'it may transfer the other party of its calls (REFER), at your expense')
    .option('--no-tcp-fallback', 'requests too large for a datagram stay on UDP all the same')
    .option('--options-sec <seconds>', 'ask whether it is there every so often; 0: never', Number);
  withHeaderRules(withCallerId(add)).action((name: string, { ca, ...options }: { ca?: string }, command: Command) => {
    const authority = ca === undefined ? {} : { caPem: readFileSync(ca, 'utf8') };
    return ask({ verb: 'trunk.add', args: { name, ...headerRulesFrom(options), ...authority } }, command);
  });
  const set = askingCommand(
    trunk,
    'set <name>',
    'what a trunk may speak and carry, and where the media of its calls goes, what is done to headers',
  )
    .option('--codecs <names>', 'in order of preference, such as PCMA,PCMU')
    .option('--media <way>', 'relay, direct; `default` as the tenant says')
    .option('--channels <number>', 'calls at the same time, both directions', Number)
    .option('--history <headers>', 'by which it is told where a call has been: history-info, diversion, both or off')
    .option('--alert <value>', 'Alert-Info of its calls at our phones, such as <urn:alert:source:external>')
    .option('--reliability <when>', 'provisional responses that are acknowledged: off, supported or required')
    .option('--may-transfer', 'it may transfer the other party of its calls (REFER), at your expense')
    .option('--no-may-transfer', 'it may not');
  withHeaderRules(withCallerId(set)).action((name: string, options: object, command: Command) =>
    ask({ verb: 'trunk.set', args: { name, ...headerRulesFrom(options) } }, command),
  );
  askingCommand(trunk, 'show <name>', 'one trunk, its settings').action((name: string, _options, command: Command) =>
    ask({ verb: 'trunk.show', args: { name } }, command),
  );
  askingCommand(trunk, 'delete <name>', 'remove a trunk').action((name: string, _options, command: Command) =>
    ask({ verb: 'trunk.delete', args: { name } }, command),
  );
}

/** Who calls, both ways. */
function withCallerId(command: Command): Command {
  return command
    .option('--trusted <yes|no>', 'whom it says to be calling counts, and it is told who calls even of those who hide')
    .option(
      '--caller-from <header>',
      'what says who calls, on calls from it: pai, rpid (both where it is trusted) or from',
    )
    .option(
      '--caller-to <header>',
      'where the number of the caller stands, on calls to it: from, or pai (From is the account)',
    )
    .option('--caller-format <format>', 'how that number is written: as-is, plus or no-plus')
    .option(
      '--main-number <number>',
      'shown for callers without a public number of their own; `none` for their extension',
    );
}
