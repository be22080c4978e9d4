/**
 * The dialogs in memory by Call-ID, and in the order in which they were last heard of. One that was heard of a moment ago keeps its place: to move it
 * each time costs more than all the rest of keeping a message, and decides nothing.
 */

import { noRow } from './entry-table.ts';
import type { Opening } from './opening.ts';
import type { TracedLeg } from './trace-entry.ts';

export class TracedDialog {
  leg: TracedLeg;
  /** Of the table of entries. */
  firstRow = noRow;
  lastRow = noRow;
  messages = 0;
  bytes = 0;
  dropped = 0;
  /** Undefined until somebody searched. */
  opening: Opening | undefined = undefined;
  /** How often dialogs had been heard of when it was given its place. */
  placedAt = 0;
  /** Heard of before and after this one. */
  older: TracedDialog | undefined = undefined;
  newer: TracedDialog | undefined = undefined;

  constructor(sipCallId: string) {
    this.leg = { sipCallId, callId: null, legId: null };
  }
}

export class DialogOrder {
  readonly #momentTouches: number;
  #touches = 0;
  readonly #byCallId = new Map<string, TracedDialog>();
  #oldest: TracedDialog | undefined;
  #newest: TracedDialog | undefined;

  /** @param momentTouches so many touches are a moment */
  constructor(momentTouches: number) {
    this.#momentTouches = momentTouches;
  }

  get size(): number {
    return this.#byCallId.size;
  }

  get oldest(): TracedDialog | undefined {
    return this.#oldest;
  }

  get(sipCallId: string): TracedDialog | undefined {
    return this.#byCallId.get(sipCallId);
  }

  /** It was heard of just now. */
  touch(dialog: TracedDialog): void {
    this.#touches += 1;
    if (this.#touches - dialog.placedAt <= this.#momentTouches) return;
    this.#unlink(dialog);
    this.#append(dialog);
  }

  add(dialog: TracedDialog): void {
    this.#byCallId.set(dialog.leg.sipCallId, dialog);
    this.#append(dialog);
  }

  remove(dialog: TracedDialog): void {
    this.#byCallId.delete(dialog.leg.sipCallId);
    this.#unlink(dialog);
  }

  /** The latest first, so many at most. */
  *latest(atMost: number): Generator<TracedDialog> {
    let left = atMost;
    for (let dialog = this.#newest; dialog !== undefined && left > 0; dialog = dialog.older) {
      yield dialog;
      left -= 1;
    }
  }

  #append(dialog: TracedDialog): void {
    dialog.placedAt = this.#touches;
    dialog.older = this.#newest;
    dialog.newer = undefined;
    if (this.#newest === undefined) this.#oldest = dialog;
    else this.#newest.newer = dialog;
    this.#newest = dialog;
  }

  #unlink(dialog: TracedDialog): void {
    if (dialog.older === undefined) this.#oldest = dialog.newer;
    else dialog.older.newer = dialog.newer;
    if (dialog.newer === undefined) this.#newest = dialog.older;
    else dialog.newer.older = dialog.older;
    dialog.older = undefined;
    dialog.newer = undefined;
  }
}
