/**
 * The head of a message: start line and header rows as one wire string, with the offsets of every row. No object per header; values
 * are cut out when asked for.
 */
import { headerId, isListHeader, UNKNOWN } from './header-names.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { unfold } from './octets.ts';
import { splitInto } from './split-list.ts';
import { fromWire } from './text.ts';

/** Numbers per row in {@link Head.rows}: header number (plus FOLDED), name start, name end, value start, value end. */
export const STRIDE = 5;
/** Added to a row's header number when its value runs over several lines. */
export const FOLDED = 0x100;

export interface HeaderRow {
  readonly name: string;
  readonly value: string;
}

export class Head {
  /** One character per byte. May go on beyond `end`. */
  readonly wire: string;
  /** Where the start line begins. */
  readonly start: number;
  /** After the empty line. */
  readonly end: number;
  readonly rows: readonly number[];
  /** True: no byte above 127, so wire is text. False: not known. */
  readonly isAscii: boolean;

  constructor(wire: string, start: number, end: number, rows: readonly number[], isAscii = false) {
    this.wire = wire;
    this.start = start;
    this.end = end;
    this.rows = rows;
    this.isAscii = isAscii;
  }

  get rowCount(): number {
    return this.rows.length / STRIDE;
  }

  /** The first row at or after `from` of that header; -1: none. */
  find(id: number, from = 0): number {
    const rows = this.rows;
    for (let i = from * STRIDE; i < rows.length; i += STRIDE) {
      if (((rows[i] as number) & 0xff) === id) return i / STRIDE;
    }
    return -1;
  }

  /** As {@link find}, by name: any case, long or compact. */
  findNamed(name: string, from = 0): number {
    const id = headerId(name);
    if (id !== UNKNOWN) return this.find(id, from);
    const lower = name.toLowerCase();
    for (let row = this.find(UNKNOWN, from); row >= 0; row = this.find(UNKNOWN, row + 1)) {
      const at = row * STRIDE;
      const length = (this.rows[at + 2] as number) - (this.rows[at + 1] as number);
      if (length === lower.length && this.nameOf(row).toLowerCase() === lower) return row;
    }
    return -1;
  }

  idOf(row: number): number {
    return (this.rows[row * STRIDE] as number) & 0xff;
  }

  /** As it stands, compact or odd case included. */
  nameOf(row: number): string {
    return this.wire.slice(this.rows[row * STRIDE + 1], this.rows[row * STRIDE + 2]);
  }

  /** Where the row begins. */
  rowStart(row: number): number {
    return this.rows[row * STRIDE + 1] as number;
  }

  /** After the row's CRLF. */
  rowEnd(row: number): number {
    const next = this.rows[(row + 1) * STRIDE + 1];
    return next ?? this.end - 2;
  }

  /** The row as it stands, from its name to its CRLF. */
  rowWire(row: number): string {
    return this.wire.slice(this.rowStart(row), this.rowEnd(row));
  }

  /** The wire's own characters are the value's text: nothing above 127, one line. */
  isPlainAscii(row: number): boolean {
    return this.isAscii && ((this.rows[row * STRIDE] as number) & FOLDED) === 0;
  }

  valueStart(row: number): number {
    return this.rows[row * STRIDE + 3] as number;
  }

  valueEnd(row: number): number {
    return this.rows[row * STRIDE + 4] as number;
  }

  /** The value, unfolded, as text. */
  valueOf(row: number): string {
    const at = row * STRIDE;
    const wire = this.wire.slice(this.rows[at + 3], this.rows[at + 4]);
    const line = ((this.rows[at] as number) & FOLDED) === 0 ? wire : unfold(wire);
    return this.isAscii ? line : fromWire(line);
  }

  /** The first row's value; undefined: no such header. */
  value(id: number): string | undefined {
    const row = this.find(id);
    return row < 0 ? undefined : this.valueOf(row);
  }

  valueNamed(name: string): string | undefined {
    const row = this.findNamed(name);
    return row < 0 ? undefined : this.valueOf(row);
  }

  /** Every value of that header in order; a list header's rows are split at commas. */
  values(name: string, limit: number = DEFAULT_LIMITS.valuesPerList): string[] {
    const values: string[] = [];
    const isList = isListHeader(headerId(name));
    for (let row = this.findNamed(name); row >= 0 && values.length < limit; row = this.findNamed(name, row + 1)) {
      if (isList) splitInto(this.valueOf(row), values, limit);
      else values.push(this.valueOf(row));
    }
    return values;
  }

  rowList(): HeaderRow[] {
    const list: HeaderRow[] = [];
    for (let row = 0; row < this.rowCount; row++) list.push({ name: this.nameOf(row), value: this.valueOf(row) });
    return list;
  }
}
