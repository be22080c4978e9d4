/** Records that wait for the disk, one behind the other in pieces of memory that are used again: what is written is what stands there. */

import type { TraceEntry } from './trace-entry.ts';
import { type Binding, encodeBinding, encodeEntry, type RecordSpace, roomFor, roomForBinding } from './trace-record.ts';

/** One write(2), and about a millisecond to look through. */
const usualPieceBytes = 1024 * 1024;
const sparePieces = 2;
/** What may wait for a slow disk. */
const maxRecords = 20_000;
const maxBytes = 64 * 1024 * 1024;

export class RecordPiece implements RecordSpace {
  readonly bytes: Buffer;
  readonly view: DataView;
  end = 0;
  records = 0;

  constructor(sizeBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, sizeBytes);
  }
}

export class WaitingRecords {
  readonly #pieceBytes: number;
  #pieces: RecordPiece[] = [];
  #last: RecordPiece | undefined;
  readonly #spare: RecordPiece[] = [];
  #records = 0;
  #bytes = 0;

  /** @param atMost of a piece, unless a record is larger */
  constructor(atMost: number) {
    this.#pieceBytes = Math.min(usualPieceBytes, atMost);
  }

  get isEmpty(): boolean {
    return this.#last === undefined;
  }

  /** False where no more may wait. */
  add(entry: TraceEntry, place: Uint8Array): boolean {
    const piece = this.#room(roomFor(entry, place));
    if (piece === undefined) return false;
    piece.end = encodeEntry(piece, piece.end, entry, place);
    return true;
  }

  bind(leg: Binding): boolean {
    const piece = this.#room(roomForBinding(leg));
    if (piece === undefined) return false;
    piece.end = encodeBinding(piece, piece.end, leg);
    return true;
  }

  /** The oldest piece; give it back by `release`. */
  take(): RecordPiece | undefined {
    const piece = this.#pieces.shift();
    this.#records -= piece?.records ?? 0;
    this.#bytes -= piece?.bytes.length ?? 0;
    if (piece === this.#last) this.#last = undefined;
    return piece;
  }

  release(piece: RecordPiece): void {
    piece.end = 0;
    piece.records = 0;
    if (piece.bytes.length === this.#pieceBytes && this.#spare.length < sparePieces) this.#spare.push(piece);
  }

  #room(sizeBytes: number): RecordPiece | undefined {
    if (this.#records >= maxRecords) return undefined;
    let piece = this.#last;
    if (piece === undefined || piece.bytes.length - piece.end < sizeBytes) {
      if (this.#bytes >= maxBytes) return undefined;
      const isUsual = sizeBytes <= this.#pieceBytes;
      piece = (isUsual ? this.#spare.pop() : undefined) ?? new RecordPiece(Math.max(sizeBytes, this.#pieceBytes));
      this.#bytes += piece.bytes.length;
      this.#pieces.push(piece);
      this.#last = piece;
    }
    this.#records += 1;
    piece.records += 1;
    return piece;
  }
}
