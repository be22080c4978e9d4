/**
 * The last messages of every dialog, in memory, within four limits: messages and octets, per dialog and in all. A dialog above its own limit
 * keeps its beginning (how the call was set up) and its end; when all together are above, the dialog that was silent longest goes, whole.
 */
import type { CallId, LegId } from '#base/ids';
import { DialogOrder, TracedDialog } from './dialog-order.ts';
import { EntryTable, noRow } from './entry-table.ts';
import { type Opening, openingOf } from './opening.ts';
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
  totalMessages: 10_000,
  totalBytes: 16 * 1024 * 1024,
};

/** A search for an extension looks at no more dialogs than this, the latest first. */
const searchedDialogs = 2_000;
/** What an entry costs beside its octets, and a dialog without any. */
const entryBytes = 300;
/** A moment: the time in which this part of all that is kept comes in. */
const momentShift = 6;

export class MessageRing {
  readonly #limits: RingLimits;
  readonly #table = new EntryTable();
  readonly #dialogs: DialogOrder;
  readonly #calls = new Map<CallId, readonly TracedDialog[]>();
  #messages = 0;
  #bytes = 0;
  #evicted = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
    this.#dialogs = new DialogOrder(Math.min(limits.totalMessages, limits.totalBytes >> 10) >> momentShift);
  }

  get counts(): {
    readonly dialogs: number;
    readonly messages: number;
    readonly bytes: number;
    readonly evicted: number;
  } {
    return { dialogs: this.#dialogs.size, messages: this.#messages, bytes: this.#bytes, evicted: this.#evicted };
  }

  /** Its octets are copied. */
  add(entry: TraceEntry): void {
    const dialog = this.#touch(entry.sipCallId);
    const row = this.#table.add(entry);
    if (dialog.lastRow === noRow) dialog.firstRow = row;
    else this.#table.setNext(dialog.lastRow, row);
    dialog.lastRow = row;
    this.#count(dialog, 1, entry.bytes.length + entryBytes);
    const { dialogMessages, dialogBytes } = this.#limits;
    while (dialog.messages > 1 && (dialog.messages > dialogMessages || dialog.bytes > dialogBytes)) this.#thin(dialog);
    this.#evict();
  }

  bind(sipCallId: string, callId: CallId, legId: LegId): void {
    const dialog = this.#touch(sipCallId);
    // Its own text of the Call-ID: the one given is mostly a part of a whole message.
    dialog.leg = { sipCallId: dialog.leg.sipCallId, callId, legId };
    const own = this.#calls.get(callId);
    if (own === undefined) this.#calls.set(callId, [dialog]);
    else if (!own.includes(dialog)) this.#calls.set(callId, own.concat(dialog));
    this.#evict();
  }

  byCall(callId: CallId): TracedCall | undefined {
    const own = this.#calls.get(callId);
    return own === undefined ? undefined : mergeLegs(own.map((dialog) => this.#copyOf(dialog)));
  }

  /** The whole call where the dialog belongs to one, else the dialog. */
  byDialog(sipCallId: string): TracedCall | undefined {
    const dialog = this.#dialogs.get(sipCallId);
    if (dialog === undefined) return undefined;
    const { callId } = dialog.leg;
    return (callId === null ? undefined : this.byCall(callId)) ?? mergeLegs([this.#copyOf(dialog)]);
  }

  /** The last INVITE from or to that user, or of a session of that name (Session-ID); where there is none, its last REGISTER. */
  byName(name: string): TracedCall | undefined {
    let registration: TracedDialog | undefined;
    for (const dialog of this.#dialogs.latest(searchedDialogs)) {
      const opening = this.#openingOf(dialog);
      if (opening?.names.includes(name) !== true) continue;
      if (opening.method === 'INVITE') return this.byDialog(dialog.leg.sipCallId);
      registration ??= dialog;
    }
    return registration === undefined ? undefined : mergeLegs([this.#copyOf(registration)]);
  }

  /** Those that began with an INVITE, the latest first. */
  *invited(): Generator<TracedLeg> {
    // The order goes on changing between two of them.
    for (const dialog of [...this.#dialogs.latest(searchedDialogs)])
      if (this.#openingOf(dialog)?.method === 'INVITE') yield dialog.leg;
  }

  #openingOf(dialog: TracedDialog): Opening | undefined {
    dialog.opening ??= openingOf(this.#entriesOf(dialog));
    return dialog.opening;
  }

  #touch(sipCallId: string): TracedDialog {
    const known = this.#dialogs.get(sipCallId);
    if (known !== undefined) {
      this.#dialogs.touch(known);
      return known;
    }
    const dialog = new TracedDialog(sipCallId);
    this.#dialogs.add(dialog);
    this.#count(dialog, 0, entryBytes);
    return dialog;
  }

  /** Drops what is in the middle, right behind the first quarter; of a long dialog a few at once, since to find the place takes a walk. */
  #thin(dialog: TracedDialog): void {
    const { dialogMessages } = this.#limits;
    const kept = Math.min(Math.floor(dialogMessages / 4), dialog.messages >> 1);
    const dropped = Math.max(1, Math.min(dialogMessages, dialog.messages) >> 5);
    let before = noRow;
    let row = dialog.firstRow;
    for (let passed = 0; passed < kept; passed++) {
      before = row;
      row = this.#table.next(row);
    }
    for (let left = dropped; left > 0 && row !== noRow; left--) row = this.#drop(dialog, row);
    if (before === noRow) dialog.firstRow = row;
    else this.#table.setNext(before, row);
    if (row === noRow) dialog.lastRow = before;
    dialog.dropped += dropped;
  }

  /** @returns the row that follows */
  #drop(dialog: TracedDialog, row: number): number {
    const next = this.#table.next(row);
    this.#count(dialog, -1, -(this.#table.lengthOf(row) + entryBytes));
    this.#table.remove(row);
    return next;
  }

  /** Makes some room at once. */
  #evict(): void {
    const { totalMessages, totalBytes } = this.#limits;
    if (this.#messages <= totalMessages && this.#bytes <= totalBytes) return;
    const [messages, bytes] = [totalMessages - (totalMessages >> 5), totalBytes - (totalBytes >> 5)];
    while ((this.#messages > messages || this.#bytes > bytes) && this.#dialogs.size > 1) {
      const { oldest } = this.#dialogs;
      if (oldest === undefined) return;
      this.#dialogs.remove(oldest);
      while (oldest.firstRow !== noRow) oldest.firstRow = this.#drop(oldest, oldest.firstRow);
      this.#bytes -= oldest.bytes;
      this.#evicted += 1;
      this.#unbind(oldest);
    }
  }

  #unbind(dialog: TracedDialog): void {
    const { callId } = dialog.leg;
    if (callId === null) return;
    const left = this.#calls.get(callId)?.filter((one) => one !== dialog) ?? [];
    if (left.length === 0) this.#calls.delete(callId);
    else this.#calls.set(callId, left);
  }

  #count(dialog: TracedDialog, messages: number, bytes: number): void {
    dialog.messages += messages;
    dialog.bytes += bytes;
    this.#messages += messages;
    this.#bytes += bytes;
  }

  *#entriesOf({ firstRow, leg }: TracedDialog): Generator<TraceEntry> {
    for (let row = firstRow; row !== noRow; row = this.#table.next(row)) yield this.#table.read(row, leg.sipCallId);
  }

  #copyOf(dialog: TracedDialog) {
    return { leg: dialog.leg, dropped: dialog.dropped, entries: [...this.#entriesOf(dialog)] };
  }
}
