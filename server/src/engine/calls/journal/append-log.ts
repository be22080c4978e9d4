/**
 * The append log of live calls (docs/adr/0001): one write(2) per turn by the control thread itself. What reached the page cache survives
 * kill -9; nothing here calls fsync. Segments are files `calls-NNNNNN.log`; when one has grown, the live records are written into the next and the
 * old one is deleted. Leaves out: who needs which record (journal.ts).
 */
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { decodeLog, type JournalRecord, RecordBatch, type WrittenRecord } from './record.ts';

const segmentPattern = /^calls-(\d{6})\.log$/;

/** A segment may grow to so many times what is alive. */
const historyFactor = 4;

export interface AppendLogFault {
  /** `write`: the disk refused (full, read-only, gone). `damage`: records behind this point were unreadable and were cut off. */
  readonly kind: 'write' | 'damage';
  readonly detail: string;
}

export interface AppendLogOptions {
  readonly folder: string;
  /** A new segment is begun above this size. */
  readonly segmentBytes?: number;
  readonly onFault: (fault: AppendLogFault) => void;
  /** write(2); tests put a full disk here. */
  readonly write?: (fd: number, bytes: Uint8Array, from: number, length: number) => number;
}

export class AppendLog {
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #onFault: (fault: AppendLogFault) => void;
  readonly #write: (fd: number, bytes: Uint8Array, from: number, length: number) => number;
  #fd = -1;
  #number = 0;
  #size = 0;
  /** Size of the present segment when it held what is alive and nothing else. */
  #liveBytes = 0;
  #broken = false;
  readonly #damaged = new Set<string>();
  readonly #batch = new RecordBatch();

  constructor(options: AppendLogOptions) {
    this.#folder = options.folder;
    this.#segmentBytes = options.segmentBytes ?? 16 * 1024 * 1024;
    this.#onFault = options.onFault;
    this.#write = options.write ?? writeSync;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** All readable records of all segments, oldest first. Call once, before `begin`. */
  read(): JournalRecord[] {
    const records: JournalRecord[] = [];
    for (const name of this.#segments()) {
      const decoded = decodeLog(readFileSync(join(this.#folder, name)));
      records.push(...decoded.records);
      if (decoded.damage === undefined) continue;
      this.#damaged.add(name);
      this.#onFault({ kind: 'damage', detail: `${name}: ${decoded.damage}` });
    }
    return records;
  }

  /** When the process before wrote last; null: never. Ask before `begin`. */
  get lastWriteUtcMs(): number | null {
    const last = this.#segments().at(-1);
    return last === undefined ? null : Math.floor(statSync(join(this.#folder, last)).mtimeMs);
  }

  /**
   * Begins a fresh segment with these records, then deletes the older ones; what could not be read whole is put aside as `….damaged`. False: the disk
   * refused.
   */
  begin(live: readonly WrittenRecord[]): boolean {
    if (!this.roll() || !this.append(live)) return false;
    this.dropOlder();
    return true;
  }

  /** Goes on in a fresh segment; the older ones stay until `dropOlder`. False: the disk refused, and it goes on in the present one. */
  roll(): boolean {
    const last = this.#segments().at(-1);
    if (this.#fd < 0 && last !== undefined) this.#number = Number(segmentPattern.exec(last)?.[1] ?? 0);
    const path = this.#pathOf(this.#number + 1);
    const before = this.#fd;
    try {
      this.#fd = openSync(path, 'ax', 0o600);
    } catch (error) {
      this.#onFault({ kind: 'write', detail: String(error) });
      return false;
    }
    if (before >= 0) closeSync(before);
    this.#number += 1;
    this.#size = 0;
    this.#broken = false;
    return true;
  }

  /** All that still matters stands in the present segment. */
  dropOlder(): void {
    this.#liveBytes = this.#size;
    const present = this.#pathOf(this.#number);
    for (const name of this.#segments()) {
      const path = join(this.#folder, name);
      if (path === present) continue;
      if (this.#damaged.delete(name)) renameSync(path, `${path}.damaged`);
      else unlinkSync(path);
    }
  }

  #pathOf(number: number): string {
    return join(this.#folder, `calls-${String(number).padStart(6, '0')}.log`);
  }

  /** Whether it is time for a fresh segment: most of this one is history, however much is alive. */
  get isGrown(): boolean {
    return this.#size > Math.max(this.#segmentBytes, this.#liveBytes * historyFactor);
  }

  get sizeBytes(): number {
    return this.#size;
  }

  /** Appends with one write. False: the disk refused; calls go on, but those of this turn would not survive a crash. */
  append(records: readonly WrittenRecord[]): boolean {
    if (records.length === 0) return true;
    this.#batch.clear();
    for (const record of records) this.#batch.add(record);
    const { room, sizeBytes } = this.#batch;
    let written = 0;
    try {
      while (written < sizeBytes) written += this.#write(this.#fd, room, written, sizeBytes - written);
      this.#size += sizeBytes;
      this.#broken = false;
      return true;
    } catch (error) {
      if (!this.#broken) this.#onFault({ kind: 'write', detail: String(error) });
      this.#broken = true;
      this.#cutBack();
      return false;
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  /** A record half written would hide all that come after it. */
  #cutBack(): void {
    try {
      ftruncateSync(this.#fd, this.#size);
    } catch (error) {
      this.#onFault({ kind: 'write', detail: `cannot cut back a half-written record: ${String(error)}` });
    }
  }

  #segments(): string[] {
    return readdirSync(this.#folder)
      .filter((name) => segmentPattern.test(name))
      .sort();
  }
}
