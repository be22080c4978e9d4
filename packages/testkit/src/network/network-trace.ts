/** What went over the virtual network: for asserts, and as a ladder when a scenario fails. */
import type { SocketAddress, TransportKind } from '@ringdown/sip';

export type TraceOutcome = 'delivered' | 'lost' | 'blocked-by-nat' | 'no-host' | 'no-listener' | 'dead-connection';

export interface TraceEntry {
  readonly sentMs: number;
  readonly from: string;
  /** The receiving host, or its address when there is none. */
  readonly to: string;
  readonly kind: TransportKind;
  /** As the receiver sees it, after NAT. */
  readonly fromAddress: SocketAddress;
  readonly toAddress: SocketAddress;
  readonly bytes: Uint8Array;
  readonly outcome: TraceOutcome;
  /** Of the first copy; undefined when nothing arrives. */
  readonly deliveredMs: number | undefined;
}

const latin1 = new TextDecoder('latin1');

export function textOf(entry: TraceEntry): string {
  return latin1.decode(entry.bytes);
}

/** "INVITE", "180", or "keep-alive": what the message is. */
export function labelOf(entry: TraceEntry): string {
  const line = textOf(entry).split('\r\n', 1)[0] ?? '';
  if (line === '') return 'keep-alive';
  const [first = '', second = ''] = line.split(' ');
  return first.startsWith('SIP/') ? second : first;
}

export class NetworkTrace {
  readonly entries: TraceEntry[] = [];

  clear(): void {
    this.entries.length = 0;
  }

  /** Messages of one direction of one link, or of all that a host sent. */
  sent(from: string, to?: string): TraceEntry[] {
    return this.entries.filter((entry) => entry.from === from && (to === undefined || entry.to === to));
  }

  /** "from>to label" in order of sending: the usual thing to compare a flow with. */
  flow(): string[] {
    return this.entries.map((entry) => `${entry.from}>${entry.to} ${labelOf(entry)}`);
  }

  /** When each message with this label was sent by a host: retransmission schedules. */
  timesOf(from: string, label: string): number[] {
    return this.sent(from)
      .filter((entry) => labelOf(entry) === label)
      .map((entry) => entry.sentMs);
  }

  /** A ladder of all hosts, one line a message. */
  ladder(): string {
    const hosts = [...new Set(this.entries.flatMap((entry) => [entry.from, entry.to]))];
    const width = 24;
    const header = `${' '.repeat(10)}${hosts.map((host) => host.padEnd(width)).join('')}`;
    return [header, ...this.entries.map((entry) => ladderLine(entry, hosts, width))].join('\n');
  }
}

function ladderLine(entry: TraceEntry, hosts: readonly string[], width: number): string {
  const from = hosts.indexOf(entry.from);
  const to = hosts.indexOf(entry.to);
  const left = Math.min(from, to);
  const length = Math.max(1, Math.abs(to - from)) * width - 3;
  const label = ` ${labelOf(entry)} `;
  const stem = label.padStart(Math.floor((length + label.length) / 2), '-').padEnd(length, '-');
  const dead = entry.outcome !== 'delivered';
  const arrow = to >= from ? `${stem}${dead ? 'x' : '>'}` : `${dead ? 'x' : '<'}${stem}`;
  const at = entry.sentMs.toFixed(0).padStart(8);
  return `${at}  ${' '.repeat(left * width)}|${arrow}|${dead ? ` ${entry.outcome}` : ''}`;
}
