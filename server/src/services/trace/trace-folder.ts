/**
 * The trace on disk: files `trace-NNNNNN.bin`, appended to, a new one begun above a size, the oldest deleted when all together are too large. One
 * writer, one write at a time (the caller waits for each). A failing disk loses trace, never a call.
 */
import { type FileHandle, mkdir, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileHead, readRecords } from './read-records.ts';
import type { TraceRecord } from './trace-record.ts';

/** The lines of JSON that an earlier version wrote are counted and deleted like the others, but not read. */
const filePattern = /^trace-(\d{6,})\.(bin|jsonl)$/;

export interface TraceFolderOptions {
  readonly folder: string;
  /** A new file is begun above this. */
  readonly fileBytes: number;
  /** All files together stay below this, but for one batch. */
  readonly maxBytes: number;
  /** Told once when writing begins to fail, and again after it had worked in between. */
  readonly onFault: (error: unknown) => void;
}

export class TraceFolder {
  readonly #options: TraceFolderOptions;
  #file: FileHandle | undefined;
  #sizeBytes = 0;
  #number = 0;
  /** Sizes of the finished files, oldest first. */
  #finished: { readonly name: string; readonly sizeBytes: number }[] | undefined;
  #isFailing = false;

  constructor(options: TraceFolderOptions) {
    this.#options = options;
  }

  /** One write(2). False where the disk refused; these records are lost. */
  async append(parts: readonly Uint8Array[]): Promise<boolean> {
    try {
      if (this.#sizeBytes >= this.#options.fileBytes) await this.#finish();
      this.#file ??= await this.#begin();
      const all = this.#sizeBytes === 0 ? [fileHead, ...parts] : parts;
      const bytes = all.length === 1 && all[0] !== undefined ? all[0] : Buffer.concat(all);
      await this.#file.appendFile(bytes);
      this.#sizeBytes += bytes.length;
      await this.#trim();
      this.#isFailing = false;
      return true;
    } catch (error) {
      if (!this.#isFailing) this.#options.onFault(error);
      this.#isFailing = true;
      await this.#finish().catch(() => undefined);
      return false;
    }
  }

  /** Of every file those that are wanted, oldest first. */
  async *records(isWanted: (record: Buffer) => boolean): AsyncGenerator<TraceRecord, void, void> {
    for (const name of await this.#names())
      if (name.endsWith('.bin')) yield* readRecords(join(this.#options.folder, name), isWanted);
  }

  async close(): Promise<void> {
    await this.#finish();
  }

  async #begin(): Promise<FileHandle> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    this.#finished ??= await this.#measure();
    const last = this.#finished.at(-1)?.name ?? '';
    this.#number = Math.max(this.#number, Number(filePattern.exec(last)?.[1] ?? 0)) + 1;
    this.#sizeBytes = 0;
    return open(join(folder, nameOf(this.#number)), 'a', 0o600);
  }

  async #finish(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    this.#finished?.push({ name: nameOf(this.#number), sizeBytes: this.#sizeBytes });
    this.#sizeBytes = 0;
    await file.close();
  }

  async #trim(): Promise<void> {
    const finished = this.#finished ?? [];
    let total = this.#sizeBytes + finished.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    while (total > this.#options.maxBytes) {
      const oldest = finished.shift();
      if (oldest === undefined) return;
      total -= oldest.sizeBytes;
      await unlink(join(this.#options.folder, oldest.name)).catch(() => undefined);
    }
  }

  async #measure(): Promise<{ name: string; sizeBytes: number }[]> {
    const names = await this.#names();
    const sizes = await Promise.all(names.map((name) => stat(join(this.#options.folder, name))));
    return names.map((name, index) => ({ name, sizeBytes: sizes[index]?.size ?? 0 }));
  }

  async #names(): Promise<string[]> {
    const names = await readdir(this.#options.folder).catch(() => []);
    const ours = names.filter((name) => filePattern.test(name));
    return ours.sort((a, b) => Number(filePattern.exec(a)?.[1]) - Number(filePattern.exec(b)?.[1]));
  }
}

function nameOf(number: number): string {
  return `trace-${String(number).padStart(6, '0')}.bin`;
}
