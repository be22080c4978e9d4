/**
 * A part of a call as the append log has it: values in fixed places, compared one by one with those that stand in the log already. A value is taken for
 * unchanged while it is the very same, so none may be changed in place. Rows of one call are numbered; a record is a list of
 *
 *    n, [values]                      the whole row
 *    ~n, [place, value, place, ...]   what changed in it
 */

export type Row = readonly unknown[];

/** What the log holds of one call by now. */
export class LoggedRows {
  #rows: (Row | undefined)[] = [];
  /** Some rows are forgotten, and nothing of them changes until this is false again. */
  isResting = false;

  /** Rests with these rows and no others; of the others the whole goes into the record when they are taken again. */
  rest(keeps: (number: number) => boolean): void {
    this.isResting = true;
    this.#rows = this.#rows.map((row, number) => (keeps(number) ? row?.slice() : undefined));
  }

  /** The same at once, of what will soon be forgotten altogether. */
  letGo(keeps: (number: number) => boolean): void {
    this.isResting = true;
    for (let number = 0; number < this.#rows.length; number++) if (!keeps(number)) this.#rows[number] = undefined;
  }

  /**
   * Puts into a record what is new of this row: the whole where its first value, its kind, is another, or where it has become shorter. `written`: how a
   * value is written, where that is not what is compared.
   */
  take(number: number, row: Row, record: unknown[], written: (value: unknown) => unknown = asItIs): void {
    const before = this.#rows[number];
    if (before === row) return;
    this.#rows[number] = row;
    if (before === undefined || before[0] !== row[0] || before.length > row.length) {
      record.push(number, written === asItIs ? row : row.map(written));
      return;
    }
    const changes = changesOf(before, row, written);
    if (changes !== undefined) record.push(~number, changes);
  }
}

const asItIs = (value: unknown): unknown => value;

function changesOf(before: Row, now: Row, written: (value: unknown) => unknown): unknown[] | undefined {
  let changes: unknown[] | undefined;
  for (let place = 0; place < now.length; place++) {
    if (place < before.length && before[place] === now[place]) continue;
    changes ??= [];
    changes.push(place, written(now[place]));
  }
  return changes;
}

/** Brings rows to where a record leads. False: it changes a row of which nothing is known. */
export function applyRecord(rows: (unknown[] | undefined)[], record: Row): boolean {
  for (let at = 0; at + 1 < record.length; at += 2) {
    const [number, values] = [record[at], record[at + 1]];
    if (typeof number !== 'number' || !Array.isArray(values)) return false;
    if (number >= 0) rows[number] = values;
    else if (!applyChanges(rows[~number], values)) return false;
  }
  return true;
}

function applyChanges(row: unknown[] | undefined, changes: Row): boolean {
  if (row === undefined) return false;
  for (let at = 0; at + 1 < changes.length; at += 2) {
    const place = changes[at];
    if (typeof place !== 'number') return false;
    row[place] = changes[at + 1];
  }
  return true;
}
