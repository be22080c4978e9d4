/**
 * A call as a ladder of text: one column per remote address with Ringdown second, time in milliseconds since the first message, one arrow per
 * message over all legs. `[SDP]` marks a message with a description, `(again)` a retransmission, `x` a message that could not be sent.
 */
import { printable } from '#base/printable';
import { hasSdp, header, readMessage, userOf } from './read-message.ts';
import type { TracedCall, TraceEntry } from './trace-entry.ts';

const timeColumns = 9;
const minGap = 28;

interface Column {
  readonly name: string;
  readonly kinds: Set<string>;
  user: string;
}

interface Grid {
  /** From the times to the first lifeline. */
  readonly lead: number;
  /** From one lifeline to the next. */
  readonly gap: number;
}

interface Step {
  readonly offsetMs: number;
  readonly remote: number;
  readonly direction: 'in' | 'out';
  readonly label: string;
  readonly isFailed: boolean;
}

export function formatLadder(call: TracedCall): string {
  const [first] = call.entries;
  if (first === undefined) return 'Nothing of this call is in the trace.\n';
  const columns = columnsOf(call.entries);
  const steps = stepsOf(call.entries, first, columns);
  const grid = gridFor(columns, steps);
  const lines = [
    `${call.callId ?? first.sipCallId}   ${new Date(first.utcMs).toISOString()}`,
    '',
    ...headLines(columns, grid),
    ...steps.map((step) => stepLine(step, columns.length, grid)),
    '',
    ...call.legs.map(({ sipCallId, legId }) => `${legId ?? 'no leg'}   Call-ID ${sipCallId}`),
  ];
  if (call.dropped > 0) lines.push(`${call.dropped} messages in between are no longer kept.`);
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

function columnsOf(entries: readonly TraceEntry[]): Column[] {
  const columns: Column[] = [];
  for (const entry of entries) {
    const name = remoteOf(entry);
    let column = columns.find((one) => one.name === name);
    if (column === undefined) {
      column = { name, kinds: new Set(), user: '' };
      columns.push(column);
    }
    column.kinds.add(entry.flow.kind);
    if (column.user === '') column.user = userAt(entry);
  }
  columns.splice(1, 0, { name: 'Ringdown', kinds: new Set(), user: '' });
  return columns;
}

function remoteOf({ flow: { remote } }: TraceEntry): string {
  return remote.address.includes(':') ? `[${remote.address}]:${remote.port}` : `${remote.address}:${remote.port}`;
}

/** Who is at the remote end, as far as a request says. */
function userAt(entry: TraceEntry): string {
  const message = readMessage(entry.bytes);
  if (message.status !== undefined) return '';
  return entry.direction === 'in' ? userOf(header(message, 'from')) : userOf(message.requestUri);
}

function stepsOf(entries: readonly TraceEntry[], first: TraceEntry, columns: readonly Column[]): Step[] {
  const seen = new Set<string>();
  return entries.map((entry) => {
    const key = `${entry.direction} ${remoteOf(entry)} ${Buffer.from(entry.bytes).toString('latin1')}`;
    const isAgain = entry.failure === null && seen.has(key);
    seen.add(key);
    return {
      offsetMs: offsetOf(entry, first),
      remote: columns.findIndex(({ name }) => name === remoteOf(entry)),
      direction: entry.direction,
      label: labelOf(entry) + (isAgain ? ' (again)' : ''),
      isFailed: entry.failure !== null,
    };
  });
}

/** By the monotonic clock, unless another process went on. */
function offsetOf(entry: TraceEntry, first: TraceEntry): number {
  const monotonicMs = entry.monotonicMs - first.monotonicMs;
  return Math.round(monotonicMs >= 0 ? monotonicMs : entry.utcMs - first.utcMs);
}

function labelOf({ failure, bytes }: TraceEntry): string {
  if (failure !== null) return `${failure.code}: ${printable(failure.detail, 40)}`;
  const message = readMessage(bytes);
  const sdp = hasSdp(message) ? ' [SDP]' : '';
  if (message.status !== undefined)
    return `${message.status} ${printable(message.reason, 32)} (${printable(message.method, 12)})${sdp}`;
  const user = message.method === 'INVITE' ? ` ${printable(userOf(message.requestUri), 24)}` : '';
  return `${printable(message.method, 16)}${user.trimEnd()}${sdp}`;
}

function gridFor(columns: readonly Column[], steps: readonly Step[]): Grid {
  const names = columns.map(({ name, user }) => Math.max(name.length, user.length) + 2);
  const labels = steps.map(({ label }) => label.length + 8);
  return { lead: ((names[0] ?? 0) >> 1) + 1, gap: Math.max(minGap, ...names, ...labels) };
}

/** Where the lifeline of a column stands: the first as near to the times as its name lets it. */
function at(column: number, { lead, gap }: Grid): number {
  return timeColumns + lead + column * gap;
}

function headLines(columns: readonly Column[], grid: Grid): string[] {
  const rows = [
    columns.map(({ user }) => printable(user, grid.gap - 2)),
    columns.map(({ name }) => name),
    columns.map(({ kinds }) => [...kinds].join('/')),
  ];
  const [users = [], ...others] = rows;
  const shown = users.some((user) => user !== '') ? [users, ...others] : others;
  const lines = shown.map((texts) =>
    texts.reduce((line, text, i) => put(line, at(i, grid) - (text.length >> 1), text), ''),
  );
  return ['ms'.padStart(timeColumns - 1) + (lines[0] ?? '').slice(timeColumns - 1), ...lines.slice(1)];
}

function stepLine({ offsetMs, remote, direction, label, isFailed }: Step, columns: number, grid: Grid): string {
  let line = String(offsetMs).padStart(timeColumns - 1);
  for (let i = 0; i < columns; i++) line = put(line, at(i, grid), '|');
  const [left, right] = [Math.min(at(remote, grid), at(1, grid)) + 1, Math.max(at(remote, grid), at(1, grid)) - 1];
  const width = right - left + 1;
  const goesRight = remote > 1 === (direction === 'out');
  const text = ` ${label} `;
  const before = (width - text.length) >> 1;
  const arrow = '-'.repeat(before) + text + '-'.repeat(Math.max(0, width - before - text.length));
  const head = isFailed ? 'x' : goesRight ? '>' : '<';
  return put(line, left, goesRight ? arrow.slice(0, -1) + head : head + arrow.slice(1));
}

/** The line with a text put over it. */
function put(line: string, from: number, text: string): string {
  const padded = line.padEnd(from + text.length);
  return padded.slice(0, from) + text + padded.slice(from + text.length);
}
