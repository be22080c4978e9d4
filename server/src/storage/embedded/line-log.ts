/**
 * A log of what has changed, as files `<name>-NNNNNN.log` in the data folder: a line of JSON for each row that a turn has changed, written by the
 * control thread itself with one write(2). What reached the page cache survives kill -9; nothing here calls fsync. A line that cannot be read (the
 * last, torn by a full disk) is passed over.
 */
import { closeSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface LineLogOptions<Row> {
  /** Of its files: letters and dashes. */
  readonly name: string;
  /** What a line says; undefined: nothing that can be used. */
  readonly readRow: (line: unknown) => Row | undefined;
  readonly folder: string;
  /** The disk refused; told once until it takes something again. */
  readonly onFault: (error: unknown) => void;
  /** So long without a `forget` that it should be written anew. */
  readonly grownBytes?: number;
  /** write(2); tests put a full disk here. */
  readonly write?: (fd: number, bytes: Uint8Array, from: number) => number;
}

const defaultGrownBytes = 64 * 1024 * 1024;
const newline = 0x0a;

export class LineLog<Row> {
  readonly #options: LineLogOptions<Row>;
  readonly #pattern: RegExp;
  readonly #write: (fd: number, bytes: Uint8Array, from: number) => number;
  #room = Buffer.allocUnsafeSlow(64 * 1024);
  /** Oldest first; the last is the one that is written, while it is open. */
  #files: string[];
  #number: number;
  /** -1: the part has no file yet. */
  #fd = -1;
  #isBroken = false;
  #sizeBytes = 0;

  constructor(options: LineLogOptions<Row>) {
    this.#options = options;
    this.#pattern = new RegExp(`^${options.name}-(\\d{6})\\.log$`);
    this.#write = options.write ?? writeSync;
    this.#files = readdirSync(options.folder)
      .filter((name) => this.#pattern.test(name))
      .sort();
    this.#number = Number(this.#pattern.exec(this.#files.at(-1) ?? '')?.[1] ?? 0);
  }

  get isGrown(): boolean {
    return this.#sizeBytes > (this.#options.grownBytes ?? defaultGrownBytes);
  }

  /** What an earlier process left, oldest first. */
  read(): readonly Row[] {
    const lines = this.#files.flatMap((name) => readFileSync(this.#path(name), 'utf8').split('\n'));
    return lines.flatMap((line) => this.#readLine(line) ?? []);
  }

  /** With one write(2). */
  append(rows: readonly Row[]): void {
    let text = '';
    for (const row of rows) text += `${JSON.stringify(row)}\n`;
    const bytes = this.#encode(text);
    try {
      if (this.#fd < 0) this.#open();
      // Whatever was torn ends here.
      if (this.#isBroken) this.#write(this.#fd, Buffer.of(newline), 0);
      let written = 0;
      while (written < bytes.length) written += this.#write(this.#fd, bytes, written);
      this.#sizeBytes += bytes.length;
      this.#isBroken = false;
    } catch (error) {
      if (!this.#isBroken) this.#options.onFault(error);
      this.#isBroken = true;
    }
  }

  /** Begins a part. */
  cut(): void {
    this.close();
  }

  /** The parts before the last cut are not needed any more. */
  forget(): void {
    const current = this.#fd < 0 ? [] : this.#files.slice(-1);
    try {
      for (const name of this.#files.slice(0, this.#files.length - current.length)) unlinkSync(this.#path(name));
    } catch (error) {
      this.#options.onFault(error);
    }
    this.#files = current;
    this.#sizeBytes = 0;
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #open(): void {
    this.#number += 1;
    const name = `${this.#options.name}-${String(this.#number).padStart(6, '0')}.log`;
    this.#fd = openSync(this.#path(name), 'ax', 0o600);
    this.#files.push(name);
    this.#isBroken = false;
  }

  #encode(text: string): Uint8Array {
    // A character of a string has at most three octets in UTF-8.
    if (text.length * 3 > this.#room.length) this.#room = Buffer.allocUnsafeSlow(text.length * 6);
    return this.#room.subarray(0, this.#room.write(text, 'utf8'));
  }

  #path(name: string): string {
    return join(this.#options.folder, name);
  }

  #readLine(line: string): Row | undefined {
    if (line === '') return undefined;
    try {
      return this.#options.readRow(JSON.parse(line));
    } catch {
      return undefined;
    }
  }
}
