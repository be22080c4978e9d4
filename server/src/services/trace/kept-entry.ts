/**
 * A traced message in memory. The messages of a dialog stand one behind the other in one piece of memory: tens of thousands of small ones would
 * cost the collector of garbage more than all the rest of a call.
 */
import type { TraceEntry } from './trace-entry.ts';

const firstBytes = 4096;

/** The octets of a dialog's messages. */
export class MessageMemory {
  #bytes = new Uint8Array(firstBytes);
  #end = 0;
  #dropped = 0;

  keep(entry: TraceEntry): KeptEntry {
    const { bytes } = entry;
    const at = this.#end;
    this.#grow(at + bytes.length);
    this.#bytes.set(bytes, at);
    this.#end += bytes.length;
    return new KeptEntry(entry, this, at);
  }

  read(at: number, length: number): Uint8Array {
    return this.#bytes.subarray(at, at + length);
  }

  /** One of these entries is no longer wanted: when much is not, the rest moves together. */
  drop(dropped: KeptEntry, left: readonly KeptEntry[]): void {
    this.#dropped += dropped.length;
    if (this.#dropped * 2 <= this.#end || this.#end <= firstBytes) return;
    const old = this.#bytes;
    this.#bytes = new Uint8Array(Math.max(firstBytes, this.#end - this.#dropped));
    this.#end = 0;
    this.#dropped = 0;
    for (const entry of left) {
      this.#bytes.set(old.subarray(entry.at, entry.at + entry.length), this.#end);
      entry.at = this.#end;
      this.#end += entry.length;
    }
  }

  #grow(wanted: number): void {
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#end));
    this.#bytes = grown;
  }
}

export class KeptEntry implements TraceEntry {
  readonly n: number;
  readonly direction: TraceEntry['direction'];
  readonly utcMs: number;
  readonly monotonicMs: number;
  readonly flow: TraceEntry['flow'];
  readonly sipCallId: string;
  readonly failure: TraceEntry['failure'];
  readonly length: number;
  /** Where in the memory; moves with it. */
  at: number;
  readonly #memory: MessageMemory;

  constructor(entry: TraceEntry, memory: MessageMemory, at: number) {
    this.n = entry.n;
    this.direction = entry.direction;
    this.utcMs = entry.utcMs;
    this.monotonicMs = entry.monotonicMs;
    this.flow = entry.flow;
    this.sipCallId = entry.sipCallId;
    this.failure = entry.failure;
    this.length = entry.bytes.length;
    this.at = at;
    this.#memory = memory;
  }

  get bytes(): Uint8Array {
    return this.#memory.read(this.at, this.length);
  }
}

/** The same entry with other octets, apart from any memory. */
export function withBytes(entry: TraceEntry, bytes: Uint8Array): TraceEntry {
  const { n, direction, utcMs, monotonicMs, flow, sipCallId, failure } = entry;
  return { n, direction, utcMs, monotonicMs, flow, sipCallId, bytes, failure };
}
