/**
 * One record of the append log:
 *
 *    0        4        8                8+n
 *    +--------+--------+-----------------+
 *    | n      | crc32  | n octets JSON   |     both numbers little endian, the checksum over the JSON
 *    +--------+--------+-----------------+
 *
 * The JSON is {v: schema version, k: kind, id: call id, d: data}, or with c: what changed of the data since the record before (difference.ts). The
 * reader knows this schema version and the one before.
 */
import { crc32 } from 'node:zlib';

export const journalSchema = 3;
const oldestReadable = 2;
const headerBytes = 8;
/** A longer record is taken for damage, not for data. */
export const maxRecordBytes = 4 * 1024 * 1024;

/**
 * `call`: the state of a live call. `over`: the final state of a call whose CDR is not yet known to be stored. `settled`: the CDR is
 * stored, the call may be forgotten.
 */
export type RecordKind = 'call' | 'over' | 'settled';

export interface JournalRecord {
  readonly kind: RecordKind;
  readonly callId: string;
  /** Null for `settled`. */
  readonly data: unknown;
  /** The data are a difference to the record before of this call. */
  readonly isChange: boolean;
}

export function encodeRecord(record: JournalRecord): Buffer {
  const batch = new RecordBatch();
  batch.add(record);
  return Buffer.from(batch.bytes);
}

/** Records encoded one behind the other, in memory that is used again and again. */
export class RecordBatch {
  #room = Buffer.allocUnsafeSlow(64 * 1024);
  #size = 0;

  /** Valid until the next `clear`. */
  get bytes(): Buffer {
    return this.#room.subarray(0, this.#size);
  }

  clear(): void {
    this.#size = 0;
  }

  add({ kind, callId, data, isChange }: JournalRecord): void {
    const json = JSON.stringify(
      isChange
        ? { v: journalSchema, k: kind, id: callId, c: data }
        : { v: journalSchema, k: kind, id: callId, d: data },
    );
    const at = this.#size;
    // A character of a string has at most three octets in UTF-8.
    this.#grow(at + headerBytes + json.length * 3);
    const length = this.#room.write(json, at + headerBytes, 'utf8');
    this.#size = at + headerBytes + length;
    this.#room.writeUInt32LE(length, at);
    this.#room.writeUInt32LE(crc32(this.#room.subarray(at + headerBytes, this.#size)), at + 4);
  }

  #grow(wanted: number): void {
    if (wanted <= this.#room.length) return;
    const room = Buffer.allocUnsafeSlow(Math.max(wanted, this.#room.length * 2));
    this.#room.copy(room, 0, 0, this.#size);
    this.#room = room;
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
  let row: { v?: unknown; k?: unknown; id?: unknown; d?: unknown; c?: unknown } | null;
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
  const isChange = row.c !== undefined;
  return { kind: row.k, callId: row.id, data: (isChange ? row.c : row.d) ?? null, isChange };
}
