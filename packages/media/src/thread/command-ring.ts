/**
 * What the main thread asks of a packet thread that blocks, as records in a ring of shared memory (command-words.ts). The packet thread looks into it before each
 * packet and each tick, so nobody has to wake it for a command that only matters once one of the two comes. One writer, one reader.
 *
 * Word 0 counts the words ever written, word 1 those ever read, modulo 2^32; from word 16 on stand the records. None wraps round the end: what is left there
 * is a record to be skipped. While the ring is full the rest waits on the writer's side.
 */
import { readCommand, writeCommand } from './command-words.ts';
import type { ThreadCommand } from './thread-message.ts';

const at = { WRITTEN: 0, READ: 1, RECORDS: 16 } as const;
/** The kind of a record that is none; others are those of command-words.ts. */
const skip = 0;
/** 256 KiB. A power of two, so that places go on as the counts overflow. */
const ringWords = 65_536;

export class CommandRing {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #capacity: number;
  /** The record being written. Longer ones than half the ring there are none. */
  readonly #record: Int32Array;
  #waiting: ThreadCommand[] = [];

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
    this.#capacity = this.#words.length - at.RECORDS;
    this.#record = new Int32Array(this.#capacity);
  }

  /** @param words a power of two */
  static create(words: number = ringWords): CommandRing {
    return new CommandRing(new SharedArrayBuffer(4 * (at.RECORDS + words)));
  }

  /** @returns false where there is no room: it waits for `pushWaiting` */
  push(command: ThreadCommand): boolean {
    if (this.#waiting.length === 0 && this.#put(command)) return true;
    this.#waiting.push(command);
    return false;
  }

  /** The reader may have made room. @returns whether nothing waits any more */
  pushWaiting(): boolean {
    const stays = this.#waiting.findIndex((command) => !this.#put(command));
    this.#waiting = stays < 0 ? [] : this.#waiting.slice(stays);
    return stays < 0;
  }

  /** The reader's: all that is there, in order. */
  drain(perform: (command: ThreadCommand) => void): void {
    const words = this.#words;
    let read = words[at.READ] as number;
    while (read !== Atomics.load(words, at.WRITTEN)) {
      const place = at.RECORDS + ((read >>> 0) % this.#capacity);
      const head = words[place] as number;
      const command = (head & 0xff) === skip ? null : readCommand(words, place);
      read = (read + (head >>> 8)) | 0;
      // Before it is performed: one that fails must not be performed again.
      Atomics.store(words, at.READ, read);
      if (command !== null) perform(command);
    }
  }

  #put(command: ThreadCommand): boolean {
    const record = this.#record;
    const length = writeCommand(command, record);
    const words = this.#words;
    const written = words[at.WRITTEN] as number;
    const place = (written >>> 0) % this.#capacity;
    const toEnd = this.#capacity - place;
    const skipped = length > toEnd ? toEnd : 0;
    const used = (written - Atomics.load(words, at.READ)) >>> 0;
    if (used + skipped + length > this.#capacity) return false;
    if (skipped > 0) words[at.RECORDS + place] = skip | (skipped << 8);
    const to = at.RECORDS + (skipped > 0 ? 0 : place);
    for (let index = 0; index < length; index++) words[to + index] = record[index] as number;
    Atomics.store(words, at.WRITTEN, (written + skipped + length) | 0);
    return true;
  }
}
