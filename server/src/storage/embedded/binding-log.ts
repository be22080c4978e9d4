/**
 * The log of changed bindings, as files `bindings-NNNNNN.log` in the data folder: a line of JSON for each AOR that a turn has changed, written by the
 * control thread itself with one write(2). What reached the page cache survives kill -9; nothing here calls fsync. A line that cannot be read (the
 * last, torn by a full disk) is passed over.
 */
import { closeSync, openSync, readdirSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { BindingLog, StoredBindingSet } from '#services/registrar';

export interface BindingLogOptions {
  readonly folder: string;
  /** The disk refused; told once until it takes something again. */
  readonly onFault: (error: unknown) => void;
  /** See {@link BindingLog.isGrown}. */
  readonly grownBytes?: number;
  /** write(2); tests put a full disk here. */
  readonly write?: (fd: number, bytes: Uint8Array, from: number) => number;
}

const filePattern = /^bindings-(\d{6})\.log$/;
const defaultGrownBytes = 64 * 1024 * 1024;
const newline = 0x0a;

export class FileBindingLog implements BindingLog {
  readonly #options: BindingLogOptions;
  readonly #write: (fd: number, bytes: Uint8Array, from: number) => number;
  #room = Buffer.allocUnsafeSlow(64 * 1024);
  /** Oldest first; the last is the one that is written, while it is open. */
  #files: string[];
  #number: number;
  /** -1: the part has no file yet. */
  #fd = -1;
  #isBroken = false;
  #sizeBytes = 0;

  constructor(options: BindingLogOptions) {
    this.#options = options;
    this.#write = options.write ?? writeSync;
    this.#files = readdirSync(options.folder)
      .filter((name) => filePattern.test(name))
      .sort();
    this.#number = Number(filePattern.exec(this.#files.at(-1) ?? '')?.[1] ?? 0);
  }

  get isGrown(): boolean {
    return this.#sizeBytes > (this.#options.grownBytes ?? defaultGrownBytes);
  }

  read(): readonly StoredBindingSet[] {
    const lines = this.#files.flatMap((name) => readFileSync(this.#path(name), 'utf8').split('\n'));
    return lines.flatMap((line) => readLine(line) ?? []);
  }

  append(sets: readonly StoredBindingSet[]): void {
    let text = '';
    for (const set of sets) text += `${JSON.stringify(set)}\n`;
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

  cut(): void {
    this.close();
  }

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
    const name = `bindings-${String(this.#number).padStart(6, '0')}.log`;
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
}

function readLine(line: string): StoredBindingSet | undefined {
  if (line === '') return undefined;
  try {
    const { tenant, aor, bindings } = JSON.parse(line) as Partial<StoredBindingSet>;
    return tenant === undefined || aor === undefined || !Array.isArray(bindings)
      ? undefined
      : { tenant, aor, bindings };
  } catch {
    return undefined;
  }
}
