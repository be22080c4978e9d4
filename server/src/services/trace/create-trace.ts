/**
 * The service: takes every SIP message in, keeps the last ones in memory as they were, writes all of them masked to disk in batches behind the
 * call, and finds a call again. On the hot path it copies the octets and appends to two lists, nothing more. For the operator: it knows no
 * tenants, since a message comes before anybody is known; who asks for a tenant asks the records of calls first.
 */
import { isIP } from 'node:net';
import { type CallId, type LegId, parseId } from '#base/ids';
import { namelessFrom } from './call-id-in.ts';
import { encodeHep, type HepOptions } from './encode-hep.ts';
import { withBytes } from './kept-entry.ts';
import { type MaskSdp, maskMessage } from './mask-message.ts';
import { defaultRingLimits, MessageRing, openingOf, type RingLimits } from './message-ring.ts';
import { lastInvited, searchFolder } from './search-folder.ts';
import type { TracedCall, TracedLeg, TraceEntry, TraceFailureInput, TraceInput } from './trace-entry.ts';
import { TraceFolder } from './trace-folder.ts';
import { formatBinding, formatEntry } from './trace-record.ts';

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
   * By `call_…`, SIP Call-ID, extension (its last call, else its last registration), or IP address (what it sent that has no Call-ID); from memory, else from disk. Masked unless secrets are
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
/** So many are masked and formatted at once: well below a millisecond of the thread each. */
const batchEntries = 40;
/** What may wait for a slow disk. */
const maxWaiting = 20_000;
const nothing = new Uint8Array(0);

type Waiting = TraceEntry | { readonly sipCallId: string; readonly callId: CallId; readonly legId: LegId };

export function createTrace(options: TraceOptions): Trace {
  return new RingAndFolder(options);
}

class RingAndFolder implements Trace {
  readonly #options: TraceOptions;
  readonly #ring: MessageRing;
  readonly #folder: TraceFolder | undefined;
  readonly #flows = new WeakMap<TraceInput['flow'], TraceInput['flow']>();
  #lastN = 0;
  #waiting: Waiting[] = [];
  #isArmed = false;
  #running: Promise<void> | undefined;
  #lost = 0;

  constructor(options: TraceOptions) {
    this.#options = options;
    this.#ring = new MessageRing({ ...defaultRingLimits, ...options.limits });
    const { folder, onFault, fileBytes = defaultFileBytes, diskBytes = defaultDiskBytes } = options;
    this.#folder = folder === null ? undefined : new TraceFolder({ folder, fileBytes, maxBytes: diskBytes, onFault });
  }

  message({ direction, utcMs, monotonicMs, flow, callId, bytes, failure = null }: TraceInput): void {
    const n = this.#number(utcMs);
    this.#add({ n, direction, utcMs, monotonicMs, flow: this.#plain(flow), sipCallId: callId, bytes, failure });
  }

  failed({ utcMs, monotonicMs, flow, callId, code, detail }: TraceFailureInput): void {
    const at = { n: this.#number(utcMs), utcMs, monotonicMs, flow: this.#plain(flow), sipCallId: callId };
    this.#add({ ...at, direction: 'out', bytes: nothing, failure: { code, detail } });
  }

  bind(sipCallId: string, callId: CallId, legId: LegId): void {
    this.#ring.bind(sipCallId, callId, legId);
    this.#wait({ sipCallId, callId, legId });
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
    while (this.#waiting.length > 0 || this.#running !== undefined) await (this.#running ?? this.#pump());
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#folder?.close();
  }

  counts() {
    const { messages, bytes, dialogs } = this.#ring.counts;
    return { messages, bytes, dialogs, lostOnDisk: this.#lost };
  }

  /** A flow of the stack holds more than its addresses, and belongs to many messages. */
  #plain(flow: TraceInput['flow']): TraceInput['flow'] {
    const known = this.#flows.get(flow);
    if (known !== undefined) return known;
    const { kind, local, remote } = flow;
    const plain = {
      kind,
      local: { address: local.address, port: local.port },
      remote: { address: remote.address, port: remote.port },
    };
    this.#flows.set(flow, plain);
    return plain;
  }

  /** Begun at the wall clock in microseconds, so that a later process goes on above. */
  #number(utcMs: number): number {
    this.#lastN = this.#lastN === 0 ? Math.floor(utcMs) * 1000 : this.#lastN + 1;
    return this.#lastN;
  }

  #add(entry: TraceEntry): void {
    this.#wait(this.#ring.add(entry));
  }

  #wait(waiting: Waiting): void {
    if (this.#folder === undefined && this.#options.hep === undefined) return;
    if (this.#waiting.length >= maxWaiting) {
      this.#lost += 1;
      return;
    }
    this.#waiting.push(waiting);
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

  /** Never rejects. Between two batches the thread is free. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const all = this.#waiting;
      this.#waiting = [];
      for (let at = 0; at < all.length; at += batchEntries) {
        const part = all.slice(at, at + batchEntries);
        const isWritten = await this.#write(part.map((one) => this.#format(one)).join(''));
        if (!isWritten) this.#lost += part.length;
      }
    }
  }

  async #write(batch: string): Promise<boolean> {
    if (this.#folder !== undefined) return this.#folder.append(batch);
    await new Promise<void>((resolve) => this.#options.after(0, resolve));
    return true;
  }

  #format(waiting: Waiting): string {
    if (!('n' in waiting)) return formatBinding(waiting.sipCallId, waiting.callId, waiting.legId);
    const entry = this.#options.keepsSecrets === true ? waiting : this.#maskEntry(waiting);
    this.#sendHep(entry);
    return formatEntry(entry);
  }

  #sendHep(entry: TraceEntry): void {
    const { hep, onFault } = this.#options;
    if (hep === undefined || entry.bytes.length === 0) return;
    try {
      hep.send(encodeHep(entry, hep));
    } catch (error) {
      onFault(error);
    }
  }

  #inMemory(name: string): TracedCall | undefined {
    const callId = parseId('call', name);
    if (callId !== undefined) return this.#ring.byCall(callId);
    return this.#ring.byDialog(name) ?? this.#ring.byUser(name);
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
