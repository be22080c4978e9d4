/**
 * One record of a trace file: a message, a send that failed, or the binding of a Call-ID to a call and leg. Numbers are little endian, texts UTF-8; the
 * message stands last, as it was on the wire but for its secrets.
 *
 *    0        4         8       10        12     13         16         24         32             40
 *    +--------+---------+-------+---------+------+----------+----------+----------+--------------+
 *    | length | Call-ID | place | failure | kind | reserved | n        | UTC ms   | monotonic ms |
 *    +--------+---------+-------+---------+------+----------+----------+----------+--------------+
 *    | Call-ID ... | place ... | failure ... | message ...
 *    +-------------+-----------+-------------+---------------
 *
 * length: of all of it. Call-ID, place, failure: how long these texts are. kind: 1 received, 2 sent, 3 binding. n, and the two times, are of 64 bits with
 * a point. place: transport, local address and port, remote address and port (`udp 192.0.2.1 5060 192.0.2.9 5060`); of a binding its call and leg.
 * failure: its code, a space, its detail.
 */
import type { CallId, LegId } from '#base/ids';
import type { TracedLeg, TraceEntry, TraceFailure, TraceFlow } from './trace-entry.ts';

/** What records are written into; both are of the same memory. */
export interface RecordSpace {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export interface Binding extends TracedLeg {
  readonly callId: CallId;
  readonly legId: LegId;
}

export type TraceRecord =
  | { readonly kind: 'entry'; readonly entry: TraceEntry }
  | { readonly kind: 'binding'; readonly leg: Binding };

const headBytes = 40;
/** What claims to be longer is no record. */
const maxRecordBytes = 4 * 1024 * 1024;
const maxTextChars = 20_000;
const at = { length: 0, callId: 4, place: 8, failure: 10, kind: 12, n: 16, utcMs: 24, monotonicMs: 32 } as const;
const kinds = { received: 1, sent: 2, binding: 3 } as const;

/** The place of each message that takes this flow, made once. */
export function encodePlace({ kind, local, remote }: TraceFlow): Uint8Array {
  return Buffer.from(`${kind} ${local.address} ${local.port} ${remote.address} ${remote.port}`);
}

/** No record of these takes more; see {@link encodeEntry}. */
export function roomFor({ sipCallId, bytes, failure }: TraceEntry, place: Uint8Array): number {
  const texts = sipCallId.length + (failure === null ? 0 : failure.code.length + failure.detail.length + 1);
  return headBytes + 3 * Math.min(texts, 2 * maxTextChars) + place.length + bytes.length;
}

export function roomForBinding({ sipCallId, callId, legId }: Binding): number {
  return headBytes + 3 * (sipCallId.length + callId.length + legId.length + 1);
}

/** @returns where it ends */
export function encodeEntry({ bytes, view }: RecordSpace, start: number, entry: TraceEntry, place: Uint8Array): number {
  const placeAt = writeText(bytes, start + headBytes, entry.sipCallId);
  bytes.set(place, placeAt);
  const failureAt = placeAt + place.length;
  const { failure } = entry;
  const messageAt = failure === null ? failureAt : writeText(bytes, failureAt, `${failure.code} ${failure.detail}`);
  bytes.set(entry.bytes, messageAt);
  const end = messageAt + entry.bytes.length;
  view.setUint32(start + at.length, end - start, true);
  view.setUint32(start + at.callId, placeAt - start - headBytes, true);
  view.setUint16(start + at.place, place.length, true);
  view.setUint16(start + at.failure, messageAt - failureAt, true);
  view.setUint32(start + at.kind, entry.direction === 'in' ? kinds.received : kinds.sent, true);
  view.setFloat64(start + at.n, entry.n, true);
  view.setFloat64(start + at.utcMs, entry.utcMs, true);
  view.setFloat64(start + at.monotonicMs, entry.monotonicMs, true);
  return end;
}

/** @returns where it ends */
export function encodeBinding({ bytes, view }: RecordSpace, start: number, leg: Binding): number {
  const placeAt = writeText(bytes, start + headBytes, leg.sipCallId);
  const end = writeText(bytes, placeAt, `${leg.callId} ${leg.legId}`);
  bytes.fill(0, start, start + headBytes);
  view.setUint32(start + at.length, end - start, true);
  view.setUint32(start + at.callId, placeAt - start - headBytes, true);
  view.setUint16(start + at.place, end - placeAt, true);
  view.setUint32(start + at.kind, kinds.binding, true);
  return end;
}

/** The same record with another message. */
export function withMessage(record: Buffer, message: Uint8Array): Buffer {
  const changed = Buffer.concat([record.subarray(0, messageStart(record, 0)), message]);
  changed.writeUInt32LE(changed.length, at.length);
  return changed;
}

/** How long the record is that begins there; undefined where not enough is there to say so, 0 where it is none. */
export function recordLength(bytes: Buffer, start: number): number | undefined {
  if (bytes.length - start < headBytes) return undefined;
  const length = bytes.readUInt32LE(start + at.length);
  return length >= messageStart(bytes, start) - start && length <= maxRecordBytes ? length : 0;
}

/** Where the message of the record begins; of a binding, where it ends. */
export function messageStart(bytes: Buffer, start: number): number {
  const texts =
    bytes.readUInt32LE(start + at.callId) +
    bytes.readUInt16LE(start + at.place) +
    bytes.readUInt16LE(start + at.failure);
  return start + headBytes + texts;
}

export function isBinding(record: Buffer): boolean {
  return record[at.kind] === kinds.binding;
}

/** @param callId in UTF-8 */
export function isOfDialog(record: Buffer, callId: Buffer): boolean {
  const end = headBytes + callId.length;
  return (
    record.readUInt32LE(at.callId) === callId.length && record.compare(callId, 0, callId.length, headBytes, end) === 0
  );
}

/** All of these. */
export function* decodeRecords(bytes: Buffer): Generator<TraceRecord, void, void> {
  for (let start = 0; ; ) {
    const length = recordLength(bytes, start);
    if (length === undefined || length === 0) return;
    const record = decodeRecord(bytes.subarray(start, start + length));
    if (record !== undefined) yield record;
    start += length;
  }
}

/** Undefined for a kind that a later version has. */
export function decodeRecord(record: Buffer): TraceRecord | undefined {
  const placeAt = headBytes + record.readUInt32LE(at.callId);
  const failureAt = placeAt + record.readUInt16LE(at.place);
  const sipCallId = record.toString('utf8', headBytes, placeAt);
  const place = record.toString('utf8', placeAt, failureAt).split(' ');
  const kind = record[at.kind];
  if (kind === kinds.binding) {
    const [callId, legId] = place as [CallId, LegId];
    return { kind: 'binding', leg: { sipCallId, callId, legId } };
  }
  if (kind !== kinds.received && kind !== kinds.sent) return undefined;
  const messageAt = messageStart(record, 0);
  const entry: TraceEntry = {
    n: record.readDoubleLE(at.n),
    direction: kind === kinds.received ? 'in' : 'out',
    utcMs: record.readDoubleLE(at.utcMs),
    monotonicMs: record.readDoubleLE(at.monotonicMs),
    flow: toFlow(place),
    sipCallId,
    bytes: new Uint8Array(record.subarray(messageAt)),
    failure: toFailure(record.toString('utf8', failureAt, messageAt)),
  };
  return { kind: 'entry', entry };
}

function toFlow([kind, localAddress = '', localPort, remoteAddress = '', remotePort]: readonly string[]): TraceFlow {
  return {
    kind: kind as TraceFlow['kind'],
    local: { address: localAddress, port: Number(localPort) },
    remote: { address: remoteAddress, port: Number(remotePort) },
  };
}

function toFailure(text: string): TraceFailure | null {
  if (text === '') return null;
  const end = text.indexOf(' ');
  return { code: text.slice(0, end), detail: text.slice(end + 1) };
}

/** Nearly all of it is ASCII: for so little, to ask the runtime takes longer. */
function writeText(bytes: Buffer, start: number, text: string): number {
  const length = Math.min(text.length, maxTextChars);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return start + bytes.write(text.slice(0, maxTextChars), start);
    bytes[start + i] = code;
  }
  return start + length;
}
