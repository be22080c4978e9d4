/** `ringdown trace`: what was said on the wire about a call, and why it failed. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { type Ask, askingCommand } from './ask.ts';

interface TraceChoice {
  readonly pcap?: string;
  readonly hep?: string;
  readonly unmasked?: boolean;
}

interface Shown {
  readonly ladder: string;
  readonly explanation: { readonly text: string };
}

export function addTraceCommands(program: Command, ask: Ask): void {
  askingCommand(
    program,
    'trace <call>',
    'the messages of a call as a ladder, and why it failed; <call>: call id, SIP Call-ID, Session-ID of its caller, extension, "last", "last-failed", or an IP address for what it sent that could not be read',
  )
    .option('--pcap <file>', 'write them to a file for Wireshark')
    .option('--hep <host:port>', 'send them to a HEP3 collector')
    .option('--unmasked', 'with passwords, digest responses and keys, as far as memory still has them')
    .action((call: string, options: TraceChoice, command: Command) => {
      const args = { call, unmasked: options.unmasked === true };
      if (options.pcap !== undefined) return ask(toFile(args, resolve(options.pcap)), command);
      if (options.hep !== undefined) return ask(toCollector(args, options.hep, command), command);
      return ask({ verb: 'trace.show', args, show: (result) => showCall(result as Shown) }, command);
    });
}

type Args = Readonly<Record<string, unknown>>;

function showCall({ ladder, explanation }: Shown): string {
  return `${ladder}\n${explanation.text}`;
}

function toFile(args: Args, file: string) {
  return {
    verb: 'trace.pcap',
    args,
    take: (result: unknown) => {
      const { messages, pcap } = result as { readonly messages: number; readonly pcap: string };
      // Whoever calls whom is nobody else's business.
      writeFileSync(file, Buffer.from(pcap, 'base64'), { mode: 0o600 });
      return { messages, file };
    },
    show: (result: unknown) => {
      const { messages } = result as { readonly messages: number };
      return `${messages} messages written to ${file}`;
    },
  };
}

function toCollector(args: Args, place: string, command: Command) {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(place) ?? [];
  if (host === undefined || port === undefined)
    command.error(`--hep ${place}: expected HOST:PORT, as in 127.0.0.1:9060`);
  return {
    verb: 'trace.hep',
    args: { ...args, host, port: Number(port) },
    show: (result: unknown) => `${(result as { readonly sent: number }).sent} messages sent to ${place}`,
  };
}
