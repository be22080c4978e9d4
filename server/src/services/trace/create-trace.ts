/**
 * The service: takes every SIP message in, keeps the last ones in memory as they were, writes all of them masked to disk in batches behind the
 * call, and finds a call again. On the hot path it copies the octets twice, into memory and behind those that wait for the disk, nothing more. For the operator: it knows no
 * tenants, since a message comes before anybody is known; who asks for a tenant asks the records of calls first.
 */
import { isIP } from 'node:net';
import { type CallId, type LegId, parseId } from '#base/ids';
import { namelessFrom } from './call-id-in.ts';
import { encodeHep, type HepOptions } from './encode-hep.ts';
import { type KnownFlow, KnownFlows } from './known-flows.ts';
import { type MaskSdp, maskMessage } from './mask-message.ts';
import { maskRecords } from './mask-records.ts';
import { defaultRingLimits, MessageRing, type RingLimits } from './message-ring.ts';
import { openingOf } from './opening.ts';
import { lastInvited, searchFolder } from './search-folder.ts';
import {
  type TracedCall,
  type TracedLeg,
  type TraceEntry,
  type TraceFailureInput,
  type TraceInput,
  withBytes,
} from './trace-entry.ts';
import { TraceFolder } from './trace-folder.ts';
import { decodeRecords } from './trace-record.ts';
import { type RecordPiece, WaitingRecords } from './waiting-records.ts';

export interface TraceOptions {
  /** Null: nothing on disk. */
  readonly folder: string | null;
  /** `maskSdpSecrets` of @ringdown/sdp. */
  readonly maskSdp: MaskSdp;
  /** Runs a task later, once. */
  readonly after: (ms: number, task: () => void) => void;
  readonly onFault: (error: unknown) => void;
  readonly limits?: Partial<RingLimits>;
  readonly flushMs?: number;
  readonly fileBytes?: number;
  readonly diskBytes?: number;
  /** Writes to disk and sends by HEP what was on the wire, secrets and all. */
  readonly keepsSecrets?: boolean;
  /** Sends each message as a HEP3 packet, behind the call; `send` puts it into a datagram. */
  readonly hep?: HepOptions & { readonly send: (packet: Uint8Array) => void };
}

export interface Trace {
  message(input: TraceInput): void;
  /** A message that could not be sent: its transport's failure, as part of the call's story. */
  failed(input: TraceFailureInput): void;
  /** Joins a SIP Call-ID to a call and leg of ours; before or after its messages. */
  bind(sipCallId: string, callId: CallId, legId: LegId): void;
  /**
   * By `call_…`, SIP Call-ID, Session-ID of the calling side (RFC 7989), extension (its last call, else its last registration), or IP address (what it sent that has no Call-ID); from memory, else from disk. Masked unless secrets are
   * asked for; what is only on disk was masked there.
   */
  find(name: string, options?: { readonly secrets?: boolean }): Promise<TracedCall | undefined>;
  /**
   * Dialogs that began with an INVITE, the latest first, each call once: of those in memory, then of those that only the disk has. Ask for no more than is
   * looked at.
   */
  invited(): AsyncIterable<TracedLeg>;
  /** Resolves when everything so far is on disk, or was given up. */
  flush(): Promise<void>;
  close(): Promise<void>;
  counts(): {
    readonly messages: number;
    readonly bytes: number;
    readonly dialogs: number;
    readonly lostOnDisk: number;
  };
}

const defaultFlushMs = 250;
const defaultFileBytes = 16 * 1024 * 1024;
const defaultDiskBytes = 256 * 1024 * 1024;
const nothing = new Uint8Array(0);

export function createTrace(options: TraceOptions): Trace {
  return new RingAndFolder(options);
}

class RingAndFolder implements Trace {
  readonly #options: TraceOptions;
  readonly #ring: MessageRing;
  readonly #folder: TraceFolder | undefined;
  readonly #flows = new KnownFlows();
  readonly #waiting: WaitingRecords;
  #lastN = 0;
  #isArmed = false;
  #running: Promise<void> | undefined;
  #lost = 0;

  constructor(options: TraceOptions) {
    this.#options = options;
    this.#ring = new MessageRing({ ...defaultRingLimits, ...options.limits });
    const { folder, onFault, fileBytes = defaultFileBytes, diskBytes = defaultDiskBytes } = options;
    this.#waiting = new WaitingRecords(fileBytes);
    this.#folder = folder === null ? undefined : new TraceFolder({ folder, fileBytes, maxBytes: diskBytes, onFault });
  }

  message({ direction, utcMs, monotonicMs, flow, callId, bytes, failure = null }: TraceInput): void {
    const known = this.#flows.of(flow);
    const n = this.#number(utcMs);
    this.#add({ n, direction, utcMs, monotonicMs, flow: known.flow, sipCallId: callId, bytes, failure }, known);
  }

  failed({ code, detail, ...input }: TraceFailureInput): void {
    this.message({ ...input, direction: 'out', bytes: nothing, failure: { code, detail } });
  }

  bind(sipCallId: string, callId: CallId, legId: LegId): void {
    this.#ring.bind(sipCallId, callId, legId);
    if (this.#isWritten) this.#wait(this.#waiting.bind({ sipCallId, callId, legId }));
  }

  async find(asked: string, { secrets = false } = {}): Promise<TracedCall | undefined> {
    const name = isIP(asked) === 0 ? asked : namelessFrom(asked);
    const found = this.#inMemory(name);
    const isWhole =
      found !== undefined && found.dropped === 0 && this.#ring.counts.evicted === 0 && hasBeginning(found);
    if (isWhole || this.#folder === undefined) return found === undefined || secrets ? found : this.#mask(found);
    await this.flush();
    const stored = await searchFolder(this.#folder, found?.callId ?? name).catch(() => undefined);
    if (found === undefined) return stored;
    const whole = stored === undefined || stored.entries.length < found.entries.length ? found : overlay(stored, found);
    return secrets ? whole : this.#mask(whole);
  }

  async *invited(): AsyncIterable<TracedLeg> {
    const seen = new Set<string>();
    for (const leg of this.#ring.invited()) if (isNew(seen, leg)) yield leg;
    if (this.#folder === undefined) return;
    await this.flush();
    for (const leg of await lastInvited(this.#folder)) if (isNew(seen, leg)) yield leg;
  }

  async flush(): Promise<void> {
    while (!this.#waiting.isEmpty || this.#running !== undefined) await (this.#running ?? this.#pump());
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#folder?.close();
  }

  counts() {
    const { messages, bytes, dialogs } = this.#ring.counts;
    return { messages, bytes, dialogs, lostOnDisk: this.#lost };
  }

  /** Begun at the wall clock in microseconds, so that a later process goes on above. */
  #number(utcMs: number): number {
    this.#lastN = this.#lastN === 0 ? Math.floor(utcMs) * 1000 : this.#lastN + 1;
    return this.#lastN;
  }

  #add(entry: TraceEntry, { place }: KnownFlow): void {
    this.#ring.add(entry);
    if (this.#isWritten) this.#wait(this.#waiting.add(entry, place));
  }

  get #isWritten(): boolean {
    return this.#folder !== undefined || this.#options.hep !== undefined;
  }

  #wait(isTaken: boolean): void {
    if (!isTaken) this.#lost += 1;
    if (this.#isArmed || this.#running !== undefined) return;
    this.#isArmed = true;
    this.#options.after(this.#options.flushMs ?? defaultFlushMs, () => {
      this.#isArmed = false;
      void this.#pump();
    });
  }

  #pump(): Promise<void> {
    this.#running ??= this.#writeAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Never rejects. Between two pieces the thread is free. */
  async #writeAll(): Promise<void> {
    for (let piece = this.#waiting.take(); piece !== undefined; piece = this.#waiting.take()) {
      await this.#write(piece);
      this.#waiting.release(piece);
    }
  }

  async #write(piece: RecordPiece): Promise<void> {
    const { hep, keepsSecrets = false, maskSdp, after } = this.#options;
    const bytes = piece.bytes.subarray(0, piece.end);
    for (let start = 0; start < bytes.length; ) {
      const { parts, records, end } = keepsSecrets
        ? { parts: [bytes], records: piece.records, end: bytes.length }
        : maskRecords(bytes, start, maskSdp);
      if (hep !== undefined) for (const part of parts) this.#sendHep(hep, part);
      if (this.#folder === undefined) await new Promise<void>((resolve) => after(0, resolve));
      else if (!(await this.#folder.append(parts))) this.#lost += records;
      start = end;
    }
  }

  #sendHep(hep: NonNullable<TraceOptions['hep']>, records: Buffer): void {
    for (const record of decodeRecords(records)) {
      if (record.kind !== 'entry' || record.entry.bytes.length === 0) continue;
      try {
        hep.send(encodeHep(record.entry, hep));
      } catch (error) {
        this.#options.onFault(error);
      }
    }
  }

  #inMemory(name: string): TracedCall | undefined {
    const callId = parseId('call', name);
    if (callId !== undefined) return this.#ring.byCall(callId);
    return this.#ring.byDialog(name) ?? this.#ring.byName(name);
  }

  #mask(call: TracedCall): TracedCall {
    return { ...call, entries: call.entries.map((entry) => this.#maskEntry(entry)) };
  }

  #maskEntry(entry: TraceEntry): TraceEntry {
    const before = entry.bytes;
    const bytes = maskMessage(before, this.#options.maskSdp);
    return bytes === before ? entry : withBytes(entry, bytes);
  }
}

/** Else another process may have seen the beginning. */
function hasBeginning({ legs, entries }: TracedCall): boolean {
  return legs.every(
    ({ sipCallId }) => openingOf(entries.filter((entry) => entry.sipCallId === sipCallId)) !== undefined,
  );
}

/** A call's legs count once, and so does a dialog that was seen before its call was known. */
function isNew(seen: Set<string>, { callId, sipCallId }: TracedLeg): boolean {
  const isKnown = seen.has(sipCallId) || (callId !== null && seen.has(callId));
  seen.add(sipCallId);
  if (callId !== null) seen.add(callId);
  return !isKnown;
}

/** The whole of a call as it is on disk, with what memory still has unmasked. */
function overlay(stored: TracedCall, inMemory: TracedCall): TracedCall {
  const kept = new Map(inMemory.entries.map((entry) => [entry.n, entry]));
  return { ...stored, entries: stored.entries.map((entry) => kept.get(entry.n) ?? entry) };
}
