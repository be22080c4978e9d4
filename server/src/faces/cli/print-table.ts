/**
 * What the server answered, for people: lists as a table with a head, objects as `name value` lines. What strangers wrote (a User-Agent, a name) is made safe for a
 * terminal.
 */
import { printable } from '#base/printable';

export interface TableColumn<Row> {
  readonly head: string;
  readonly of: (row: Row) => string;
  /** Numbers stand to the right. */
  readonly align?: 'right';
}

export function printTable<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): string {
  if (rows.length === 0) return '(none)';
  const lines = [columns.map(({ head }) => head), ...rows.map((row) => columns.map(({ of }) => printable(of(row))))];
  const widths = columns.map((_column, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, index) => {
          const width = widths[index] ?? 0;
          return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Any answer: a list of objects by the names of the first, one object line by line. */
export function printResult(result: unknown): string {
  if (result === null) return 'done';
  if (typeof result !== 'object') return String(result);
  if (!Array.isArray(result)) return printFields(Object.entries(result));
  const rows = result.map((row: unknown) => (typeof row === 'object' && row !== null ? { ...row } : { value: row }));
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return printTable<Readonly<Record<string, unknown>>>(
    rows,
    names.map((name) => ({ head: headOf(name), of: (row) => cellOf(row[name]) })),
  );
}

/** `name value` lines, values below each other. */
export function printFields(fields: readonly (readonly [name: string, value: unknown])[]): string {
  const width = Math.max(0, ...fields.map(([name]) => name.length));
  return fields.map(([name, value]) => `${name.padEnd(width)}  ${printable(cellOf(value))}`.trimEnd()).join('\n');
}

/** `createdUtcMs` as `CREATED UTC MS`. */
function headOf(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ').toUpperCase();
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.map(cellOf).join(', ');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .filter(([, part]) => part !== null && part !== undefined)
    .map(([name, part]) => `${name}=${cellOf(part)}`)
    .join(' ');
}
