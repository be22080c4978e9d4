/**
 * The last messages of every dialog, in memory, within four limits: messages and octets, per dialog and in all. A dialog above its own limit
 * keeps its beginning (how the call was set up) and its end; when all together are above, the dialog that was silent longest goes, whole.
 */
import type { CallId, LegId } from '#base/ids';
import { type KeptEntry, MessageMemory, withBytes } from './kept-entry.ts';
import { header, readMessage, userOf } from './read-message.ts';
import { mergeLegs, type TracedCall, type TracedLeg, type TraceEntry } from './trace-entry.ts';

export interface RingLimits {
  readonly dialogMessages: number;
  readonly dialogBytes: number;
  readonly totalMessages: number;
  readonly totalBytes: number;
}

export const defaultRingLimits: RingLimits = {
  dialogMessages: 400,
  dialogBytes: 1024 * 1024,
  totalMessages: 40_000,
  totalBytes: 64 * 1024 * 1024,
};

/** A search for an extension looks at no more dialogs than this, the latest first. */
const searchedDialogs = 2_000;
/** What an entry costs beside its octets. */
const entryBytes = 300;

interface Dialog {
  leg: TracedLeg;
  readonly entries: KeptEntry[];
  readonly memory: MessageMemory;
  bytes: number;
  dropped: number;
  /** Undefined until somebody searched. */
  opening: Opening | undefined;
}

/** What a dialog began with. */
export interface Opening {
  readonly method: string;
  readonly users: readonly string[];
}

export class MessageRing {
  readonly #limits: RingLimits;
  /** By Call-ID, the one that was silent longest first. */
  readonly #dialogs = new Map<string, Dialog>();
  readonly #calls = new Map<CallId, Set<string>>();
  #messages = 0;
  #bytes = 0;
  #evicted = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  get counts(): {
    readonly dialogs: number;
    readonly messages: number;
    readonly bytes: number;
    readonly evicted: number;
  } {
    return { dialogs: this.#dialogs.size, messages: this.#messages, bytes: this.#bytes, evicted: this.#evicted };
  }

  /** @returns the entry as it is kept: its octets were copied */
  add(given: TraceEntry): TraceEntry {
    const dialog = this.#touch(given.sipCallId);
    const entry = dialog.memory.keep(given);
    dialog.entries.push(entry);
    this.#count(dialog, 1, costOf(entry));
    const { dialogMessages, dialogBytes } = this.#limits;
    while (dialog.entries.length > 1 && (dialog.entries.length > dialogMessages || dialog.bytes > dialogBytes))
      this.#thin(dialog);
    this.#evict();
    return entry;
  }

  bind(sipCallId: string, callId: CallId, legId: LegId): void {
    const dialog = this.#touch(sipCallId);
    dialog.leg = { sipCallId, callId, legId };
    const own = this.#calls.get(callId) ?? new Set();
    own.add(sipCallId);
    this.#calls.set(callId, own);
    this.#evict();
  }

  byCall(callId: CallId): TracedCall | undefined {
    const own = this.#calls.get(callId);
    if (own === undefined) return undefined;
    const dialogs = [...own].flatMap((sipCallId) => this.#dialogs.get(sipCallId) ?? []);
    return mergeLegs(dialogs.map(copyOf));
  }

  /** The whole call where the dialog belongs to one, else the dialog. */
  byDialog(sipCallId: string): TracedCall | undefined {
    const dialog = this.#dialogs.get(sipCallId);
    if (dialog === undefined) return undefined;
    const { callId } = dialog.leg;
    return (callId === null ? undefined : this.byCall(callId)) ?? mergeLegs([copyOf(dialog)]);
  }

  /** The last INVITE from or to that user; where there is none, its last REGISTER. */
  byUser(user: string): TracedCall | undefined {
    let registration: Dialog | undefined;
    for (const dialog of [...this.#dialogs.values()].reverse().slice(0, searchedDialogs)) {
      dialog.opening ??= openingOf(dialog.entries);
      if (dialog.opening?.users.includes(user) !== true) continue;
      if (dialog.opening.method === 'INVITE') return this.byDialog(dialog.leg.sipCallId);
      registration ??= dialog;
    }
    return registration === undefined ? undefined : mergeLegs([copyOf(registration)]);
  }

  /** Those that began with an INVITE, the latest first. */
  *invited(): Generator<TracedLeg> {
    for (const dialog of [...this.#dialogs.values()].reverse().slice(0, searchedDialogs)) {
      dialog.opening ??= openingOf(dialog.entries);
      if (dialog.opening?.method === 'INVITE') yield dialog.leg;
    }
  }

  #touch(sipCallId: string): Dialog {
    const known = this.#dialogs.get(sipCallId);
    if (known !== undefined) this.#dialogs.delete(sipCallId);
    const dialog = known ?? newDialog(sipCallId);
    this.#dialogs.set(sipCallId, dialog);
    if (known === undefined) this.#count(dialog, 0, entryBytes);
    return dialog;
  }

  /** Drops what is in the middle, right behind the first quarter. */
  #thin(dialog: Dialog): void {
    const at = Math.min(Math.floor(this.#limits.dialogMessages / 4), dialog.entries.length >> 1);
    const [entry] = dialog.entries.splice(at, 1);
    dialog.dropped += 1;
    if (entry === undefined) return;
    this.#count(dialog, -1, -costOf(entry));
    dialog.memory.drop(entry, dialog.entries);
  }

  /** Makes some room at once: to find the oldest is slow in a map whose beginning was deleted. */
  #evict(): void {
    const { totalMessages, totalBytes } = this.#limits;
    if (this.#messages <= totalMessages && this.#bytes <= totalBytes) return;
    const [messages, bytes] = [totalMessages - (totalMessages >> 5), totalBytes - (totalBytes >> 5)];
    for (const [sipCallId, dialog] of this.#dialogs) {
      if ((this.#messages <= messages && this.#bytes <= bytes) || this.#dialogs.size === 1) return;
      this.#dialogs.delete(sipCallId);
      this.#count(dialog, -dialog.entries.length, -dialog.bytes);
      this.#evicted += 1;
      this.#unbind(dialog.leg);
    }
  }

  #unbind({ callId, sipCallId }: TracedLeg): void {
    const own = callId === null ? undefined : this.#calls.get(callId);
    own?.delete(sipCallId);
    if (callId !== null && own?.size === 0) this.#calls.delete(callId);
  }

  #count(dialog: Dialog, messages: number, bytes: number): void {
    dialog.bytes += bytes;
    this.#messages += messages;
    this.#bytes += bytes;
  }
}

/** To be given away: the memory goes on changing. */
function copyOf({ leg, entries, dropped }: Dialog) {
  return { leg, dropped, entries: entries.map((entry) => withBytes(entry, entry.bytes.slice())) };
}

function newDialog(sipCallId: string): Dialog {
  const leg = { sipCallId, callId: null, legId: null };
  return { leg, entries: [], memory: new MessageMemory(), bytes: 0, dropped: 0, opening: undefined };
}

function costOf(entry: KeptEntry): number {
  return entry.length + entryBytes;
}

/** By the first letter: most messages need not be read. Line ends may stand before it. */
function mayOpen([letter]: Uint8Array): boolean {
  return letter !== undefined && (letter <= 0x20 || letter === 0x49 || letter === 0x52);
}

/** Undefined where the dialog did not begin with an INVITE or a REGISTER. */
export function openingOf(entries: readonly TraceEntry[]): Opening | undefined {
  const bytes = entries.find((entry) => entry.bytes.length > 0)?.bytes;
  if (bytes === undefined || !mayOpen(bytes)) return undefined;
  const message = readMessage(bytes);
  if (message.method !== 'INVITE' && message.method !== 'REGISTER') return undefined;
  // RFC 3261 §12.2.1.1: within a dialog, so another process may have seen its beginning.
  if (/;\s*tag\s*=/i.test(header(message, 'to') ?? '')) return undefined;
  const users = [userOf(header(message, 'from')), userOf(header(message, 'to')), userOf(message.requestUri)];
  return { method: message.method, users: users.filter((user) => user !== '') };
}
