/**
 * One record of the append log:
 *
 *    0        4        8        9                 8+n
 *    +--------+--------+--------+-----------------+
 *    | n      | crc32  | schema | values          |   both numbers little endian, the checksum over what follows
 *    +--------+--------+--------+-----------------+
 *
 * The values (values.ts) are the kind, the call's id, and its rows and what changed in them (row.ts); or the kind and the ids of the calls that may be
 * forgotten. The reader knows this schema version and the one before, which was JSON (schema-3.ts).
 */
import { crc32 } from 'node:zlib';
import type { Row } from './row.ts';
import { readSchema3Record, type Schema3Record } from './schema-3.ts';
import { ValueReader, ValueWriter } from './values.ts';

export const journalSchema = 4;
const readableSchemas = `${journalSchema - 1} and ${journalSchema}`;
const braceOfJson = 0x7b;
const headerBytes = 8;
/** A longer record is taken for damage, not for data. */
export const maxRecordBytes = 4 * 1024 * 1024;

/**
 * `call`: what is new of a live call. `over`: what is new of an ended call, whose CDR is not yet known to be stored. `settled`: the CDRs are stored, the calls
 * may be forgotten.
 */
export type WrittenRecord =
  | { readonly kind: 'call' | 'over'; readonly callId: string; readonly rows: Row }
  | { readonly kind: 'settled'; readonly callIds: readonly string[] };

export type JournalRecord = WrittenRecord | Schema3Record;

export function encodeRecord(record: WrittenRecord): Buffer {
  const batch = new RecordBatch();
  batch.add(record);
  return Buffer.from(batch.room.subarray(0, batch.sizeBytes));
}

/** Records encoded one behind the other, in memory that is used again and again. */
export class RecordBatch {
  readonly #values = new ValueWriter();

  /** What was added, up to `sizeBytes`; valid until the next `add`. */
  get room(): Buffer {
    return this.#values.room;
  }

  get sizeBytes(): number {
    return this.#values.sizeBytes;
  }

  clear(): void {
    this.#values.sizeBytes = 0;
  }

  add(record: WrittenRecord): void {
    const values = this.#values;
    const at = values.sizeBytes;
    values.reserve(headerBytes);
    values.sizeBytes = at + headerBytes;
    values.octet(journalSchema);
    values.write(record.kind);
    if (record.kind === 'settled') values.write(record.callIds);
    else {
      values.write(record.callId);
      values.write(record.rows);
    }
    values.uint32At(at, values.sizeBytes - at - headerBytes);
    values.uint32At(at + 4, crc32(values.room.subarray(at + headerBytes, values.sizeBytes)));
  }
}

export interface DecodedLog {
  readonly records: JournalRecord[];
  /** Octets that hold whole, undamaged records; what follows was torn by a crash or a full disk. */
  readonly goodBytes: number;
  /** What was wrong behind them, in words; undefined where nothing was. */
  readonly damage?: string;
}

/** Reads records until the end or the first damage. Never throws. */
export function decodeLog(bytes: Buffer): DecodedLog {
  const records: JournalRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    const damage = checkRecord(bytes, at);
    if (damage !== undefined) return { records, goodBytes: at, damage };
    const length = bytes.readUInt32LE(at);
    const record = readRecord(bytes.subarray(at + headerBytes, at + headerBytes + length));
    if (typeof record === 'string') return { records, goodBytes: at, damage: record };
    records.push(record);
    at += headerBytes + length;
  }
  return { records, goodBytes: at };
}

function checkRecord(bytes: Buffer, at: number): string | undefined {
  if (at + headerBytes > bytes.length) return `a torn record header at octet ${at}`;
  const length = bytes.readUInt32LE(at);
  if (length > maxRecordBytes) return `an impossible record length (${length}) at octet ${at}`;
  if (at + headerBytes + length > bytes.length) return `a torn record at octet ${at}`;
  const body = bytes.subarray(at + headerBytes, at + headerBytes + length);
  return crc32(body) === bytes.readUInt32LE(at + 4) ? undefined : `a wrong checksum at octet ${at}`;
}

function readRecord(body: Buffer): JournalRecord | string {
  const [schema] = body;
  if (schema === braceOfJson) return readSchema3Record(body.toString('utf8'), readableSchemas);
  if (schema !== journalSchema) return `a record of schema ${schema}; this version reads ${readableSchemas}`;
  const values = new ValueReader(body, 1);
  try {
    return recordOf(values.read(), values.read(), values);
  } catch (error) {
    return `a record that holds no values: ${String(error)}`;
  }
}

function recordOf(kind: unknown, of: unknown, values: ValueReader): JournalRecord | string {
  if (kind === 'settled') return Array.isArray(of) ? { kind, callIds: of.map(String) } : 'a record without ids';
  if (typeof of !== 'string' || (kind !== 'call' && kind !== 'over')) return 'a record of unknown kind';
  const rows = values.read();
  return Array.isArray(rows) ? { kind, callId: of, rows } : 'a record without rows';
}
