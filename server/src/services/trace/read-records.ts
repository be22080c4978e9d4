/** The records of one trace file, a piece of it at a time, so that the thread is never held. A record that was torn ends the file. */
import { createReadStream } from 'node:fs';
import { decodeRecord, recordLength, type TraceRecord } from './trace-record.ts';

/** At the beginning of each file, with the version of its records. */
export const fileHead = Buffer.from('RDTRACE\x01', 'latin1');

const pieceBytes = 128 * 1024;

/** Those that are wanted. Ends early where the file goes away meanwhile, cannot be read, or is of a version that is not known. */
export async function* readRecords(
  path: string,
  isWanted: (record: Buffer) => boolean,
): AsyncGenerator<TraceRecord, void, void> {
  let bytes: Buffer = Buffer.alloc(0);
  let isBegun = false;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: pieceBytes })) {
      bytes = Buffer.concat([bytes, piece as Buffer]);
      let at = 0;
      if (!isBegun) {
        if (bytes.length < fileHead.length) continue;
        if (!bytes.subarray(0, fileHead.length).equals(fileHead)) return;
        isBegun = true;
        at = fileHead.length;
      }
      for (;;) {
        const length = recordLength(bytes, at);
        if (length === 0) return;
        if (length === undefined || at + length > bytes.length) break;
        const record = bytes.subarray(at, at + length);
        at += length;
        const decoded = isWanted(record) ? decodeRecord(record) : undefined;
        if (decoded !== undefined) yield decoded;
      }
      bytes = bytes.subarray(at);
    }
  } catch {
    return;
  }
}
