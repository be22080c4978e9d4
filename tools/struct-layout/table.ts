/** The table of sizes and offsets per architecture, as it is committed. */
import { readFileSync, writeFileSync } from 'node:fs';
import { root } from '../find-files.ts';
import type { Layouts } from './ask-compiler.ts';

export interface Column {
  /** `compiler`: asked on such a machine. `headers`: read in them, as no such machine was at hand. */
  readonly by: 'compiler' | 'headers';
  readonly structs: Layouts;
}

export type Table = Readonly<Record<string, Column>>;

const path = `${root}tools/struct-layout/table.json`;

export function readTable(): Table {
  return JSON.parse(readFileSync(path, 'utf8')) as Table;
}

export function writeTable(table: Table): void {
  writeFileSync(path, `${JSON.stringify(table, null, 2)}\n`);
}
