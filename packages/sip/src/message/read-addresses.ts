/** The addresses of Contact, Route and Record-Route rows, read where they stand: a string is cut only for a row that must be changed. */
import type { Head } from './head.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { type NameAddr, parseNameAddr } from './name-addr.ts';
import { splitInto } from './split-list.ts';

/** In order, of a header whose rows are lists; values that break the grammar are left out. */
export function readAddresses(head: Head, id: number): NameAddr[] {
  const addresses: NameAddr[] = [];
  for (
    let row = head.find(id);
    row >= 0 && addresses.length < DEFAULT_LIMITS.valuesPerList;
    row = head.find(id, row + 1)
  ) {
    // Nearly every row holds one address, and what parses as one holds no other: a comma between values is in none of them.
    const only = head.isPlainAscii(row)
      ? parseNameAddr(head.wire, head.valueStart(row), head.valueEnd(row))
      : undefined;
    if (only !== undefined) addresses.push(only);
    else readList(head.valueOf(row), addresses);
  }
  return addresses;
}

function readList(text: string, addresses: NameAddr[]): void {
  const values: string[] = [];
  splitInto(text, values, DEFAULT_LIMITS.valuesPerList - addresses.length);
  for (const value of values) {
    const address = parseNameAddr(value);
    if (address !== undefined) addresses.push(address);
  }
}
