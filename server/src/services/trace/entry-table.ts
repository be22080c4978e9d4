/**
 * The entries in memory as columns of numbers, their octets in blocks; objects are made of them when somebody asks. An entry is a row; the rows of a
 * dialog are a chain in the order of arrival.
 */
import { OctetBlocks } from './octet-blocks.ts';
import type { TraceEntry, TraceFailure, TraceFlow } from './trace-entry.ts';

const firstRows = 256;
export const noRow = -1;

export class EntryTable {
  readonly #octets = new OctetBlocks();
  #n = new Float64Array(firstRows);
  #utcMs = new Float64Array(firstRows);
  #monotonicMs = new Float64Array(firstRows);
  /** The octets' chain, and how many they are. */
  #first = new Int32Array(firstRows);
  #length = new Int32Array(firstRows);
  /** The dialog's next row, or the next free one. */
  #next = new Int32Array(firstRows);
  #isOut = new Uint8Array(firstRows);
  readonly #flows: (TraceFlow | undefined)[] = [];
  /** Few have one. */
  readonly #failures = new Map<number, TraceFailure>();
  #free = noRow;
  #fresh = 0;

  /** @returns its row, at the end of a chain */
  add(entry: TraceEntry): number {
    const row = this.#take();
    this.#n[row] = entry.n;
    this.#utcMs[row] = entry.utcMs;
    this.#monotonicMs[row] = entry.monotonicMs;
    this.#first[row] = this.#octets.keep(entry.bytes);
    this.#length[row] = entry.bytes.length;
    this.#next[row] = noRow;
    this.#isOut[row] = entry.direction === 'out' ? 1 : 0;
    this.#flows[row] = entry.flow;
    if (entry.failure !== null) this.#failures.set(row, entry.failure);
    return row;
  }

  read(row: number, sipCallId: string): TraceEntry {
    return {
      n: this.#n[row] ?? 0,
      direction: this.#isOut[row] === 1 ? 'out' : 'in',
      utcMs: this.#utcMs[row] ?? 0,
      monotonicMs: this.#monotonicMs[row] ?? 0,
      flow: this.#flows[row] as TraceFlow,
      sipCallId,
      bytes: this.#octets.read(this.#first[row] ?? noRow, this.lengthOf(row)),
      failure: this.#failures.get(row) ?? null,
    };
  }

  lengthOf(row: number): number {
    return this.#length[row] ?? 0;
  }

  next(row: number): number {
    return this.#next[row] ?? noRow;
  }

  setNext(row: number, next: number): void {
    this.#next[row] = next;
  }

  remove(row: number): void {
    this.#octets.drop(this.#first[row] ?? noRow);
    this.#flows[row] = undefined;
    this.#failures.delete(row);
    this.#next[row] = this.#free;
    this.#free = row;
  }

  #take(): number {
    const row = this.#free;
    if (row !== noRow) {
      this.#free = this.next(row);
      return row;
    }
    if (this.#fresh === this.#n.length) this.#grow();
    return this.#fresh++;
  }

  #grow(): void {
    const rows = this.#n.length * 2;
    const longer = <T extends Float64Array | Int32Array | Uint8Array>(grown: T, old: T): T => {
      grown.set(old);
      return grown;
    };
    this.#n = longer(new Float64Array(rows), this.#n);
    this.#utcMs = longer(new Float64Array(rows), this.#utcMs);
    this.#monotonicMs = longer(new Float64Array(rows), this.#monotonicMs);
    this.#first = longer(new Int32Array(rows), this.#first);
    this.#length = longer(new Int32Array(rows), this.#length);
    this.#next = longer(new Int32Array(rows), this.#next);
    this.#isOut = longer(new Uint8Array(rows), this.#isOut);
  }
}
