/**
 * Octets of many messages in a few large pieces of memory, cut into blocks of one size; what is kept is a chain of blocks. Tens of thousands of small
 * arrays would cost the collector of garbage more than all the rest of a call. Memory that was once needed is used again, not given back.
 */

const blockBytes = 256;
const blocksPerPage = 4096;
const none = -1;

/** Of octets that are no Buffer too; makes no view of a part. */
const { copy } = Buffer.prototype as {
  copy(this: Uint8Array, to: Uint8Array, at: number, from: number, end: number): number;
};

export class OctetBlocks {
  readonly #pages: Uint8Array[] = [];
  /** Of each block the one that follows it, in its chain or in that of the free ones. */
  #next = new Int32Array(0);
  #free = none;
  /** Blocks from here on were never used. */
  #fresh = 0;

  /** @returns what `read` and `drop` ask for; -1 for no octets */
  keep(bytes: Uint8Array): number {
    const { length } = bytes;
    let first = none;
    let last = none;
    for (let left = length; left > 0; left -= blockBytes) {
      const block = this.#take();
      if (first === none) first = block;
      else this.#next[last] = block;
      last = block;
    }
    if (last !== none) this.#next[last] = none;
    for (let block = first, at = 0; at < length; ) {
      const end = this.#runEnd(block);
      const to = Math.min(length, at + (end - block) * blockBytes);
      copy.call(bytes, this.#pageOf(block), (block % blocksPerPage) * blockBytes, at, to);
      at = to;
      block = this.#next[end - 1] ?? none;
    }
    return first;
  }

  /** A copy. */
  read(first: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let block = first, at = 0; at < length; at += blockBytes) {
      const from = (block % blocksPerPage) * blockBytes;
      bytes.set(this.#pageOf(block).subarray(from, from + Math.min(blockBytes, length - at)), at);
      block = this.#next[block] ?? none;
    }
    return bytes;
  }

  drop(first: number): void {
    if (first === none) return;
    let last = first;
    for (let block = first; block !== none; block = this.#next[block] ?? none) last = block;
    this.#next[last] = this.#free;
    this.#free = first;
  }

  #take(): number {
    const block = this.#free;
    if (block !== none) {
      this.#free = this.#next[block] ?? none;
      return block;
    }
    if (this.#fresh === this.#pages.length * blocksPerPage) this.#addPage();
    return this.#fresh++;
  }

  /** Behind the last block of the chain that lies in one piece with this one. */
  #runEnd(block: number): number {
    let end = block + 1;
    while (this.#next[end - 1] === end && end % blocksPerPage !== 0) end += 1;
    return end;
  }

  #pageOf(block: number): Uint8Array {
    return this.#pages[Math.floor(block / blocksPerPage)] as Uint8Array;
  }

  /** Its memory is the system's until it is written to. */
  #addPage(): void {
    this.#pages.push(Buffer.allocUnsafeSlow(blocksPerPage * blockBytes));
    const grown = new Int32Array(this.#pages.length * blocksPerPage);
    grown.set(this.#next);
    this.#next = grown;
  }
}
