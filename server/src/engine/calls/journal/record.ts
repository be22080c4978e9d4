/**
 * One record of the append log:
 *
 *    0        4        8                8+n
 *    +--------+--------+-----------------+
 *    | n      | crc32  | n octets JSON   |     both numbers little endian, the checksum over the JSON
 *    +--------+--------+-----------------+
 *
 * The JSON is {v: schema version, k: kind, id: call id, d: data}. The reader knows this schema version and the one before.
 */
import { crc32 } from 'node:zlib';

export const journalSchema = 2;
const oldestReadable = 1;
const headerBytes = 8;
/** A longer record is taken for damage, not for data. */
export const maxRecordBytes = 4 * 1024 * 1024;

/**
 * `call`: the whole state of a live call. `over`: the final state of a call whose CDR is not yet known to be stored. `settled`: the CDR is
 * stored, the call may be forgotten.
 */
export type RecordKind = 'call' | 'over' | 'settled';

export interface JournalRecord {
  readonly kind: RecordKind;
  readonly callId: string;
  /** Null for `settled`. */
  readonly data: unknown;
}

export function encodeRecord(record: JournalRecord): Buffer {
  const json = JSON.stringify({ v: journalSchema, k: record.kind, id: record.callId, d: record.data });
  const length = Buffer.byteLength(json);
  const bytes = Buffer.allocUnsafe(headerBytes + length);
  bytes.write(json, headerBytes, 'utf8');
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(headerBytes)), 4);
  return bytes;
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
    const record = parseRecord(bytes.toString('utf8', at + headerBytes, at + headerBytes + length));
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

function parseRecord(json: string): JournalRecord | string {
  let row: { v?: unknown; k?: unknown; id?: unknown; d?: unknown } | null;
  try {
    row = JSON.parse(json);
  } catch {
    return 'a record that is no JSON';
  }
  if (row === null || typeof row !== 'object') return 'a record that is no object';
  if (typeof row.v !== 'number' || row.v < oldestReadable || row.v > journalSchema) {
    return `a record of schema ${String(row.v)}; this version reads ${oldestReadable} to ${journalSchema}`;
  }
  if (typeof row.id !== 'string' || (row.k !== 'call' && row.k !== 'over' && row.k !== 'settled'))
    return 'a record of unknown kind';
  return { kind: row.k, callId: row.id, data: row.d ?? null };
}
