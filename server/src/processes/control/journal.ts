/** What of the calls goes into the append log, and what a fresh process makes of it. */
import {
  AppendLog,
  type AppendLogFault,
  type AppendLogOptions,
  applyRecord,
  applySchema3,
  type CallState,
  isAtRest,
  type JournalRecord,
  LoggedRows,
  letGoOfRows,
  type Row,
  readCall,
  readSchema3,
  restRows,
  type StoredCall,
  takeCall,
  type WrittenRecord,
} from '#engine/calls';

/** Calls carried into a fresh segment with one write. */
const carriedAtOnce = 16;
/** So long what may wait does wait: the writes of that time become one. */
const waitMs = 250;

export interface JournalOptions {
  readonly folder: string;
  readonly onFault: (fault: AppendLogFault) => void;
  /** The edge's plain data of a leg, or null where there is none yet. */
  readonly snapshot: (legId: string) => Row | null;
  readonly live: () => Iterable<CallState>;
  readonly after: (ms: number, task: () => void) => void;
  /** A fresh segment is begun above this. */
  readonly segmentBytes?: number;
  /** write(2); tests put a full disk here. */
  readonly write?: AppendLogOptions['write'];
}

export class Journal {
  readonly #log: AppendLog;
  readonly #options: JournalOptions;
  /** Ended, CDR not yet known to be stored. */
  readonly #over = new Map<string, CallState>();
  #settled: string[] = [];
  /** What stands in the log of each call that it must not forget. */
  readonly #written = new Map<string, LoggedRows>();
  /** Calls of which something is not written yet that may wait. */
  readonly #waiting = new Set<CallState>();
  /** Calls that the present segment does not hold yet, while the older ones must stay for them; null: there are none. */
  #behind: Set<CallState> | null = null;
  #isFlushDue = false;
  #isClosed = false;

  constructor(options: JournalOptions) {
    this.#options = options;
    const { folder, onFault, write, segmentBytes } = options;
    this.#log = new AppendLog({
      folder,
      onFault,
      ...(segmentBytes === undefined ? {} : { segmentBytes }),
      ...(write === undefined ? {} : { write }),
    });
  }

  /** What an earlier process left: calls that were alive, and ended ones whose CDR may be missing. */
  read(): { readonly live: StoredCall[]; readonly over: CallState[] } {
    const found = new Map<string, Found>();
    for (const record of this.#log.read()) {
      if (record.kind === 'settled') for (const callId of record.callIds) found.delete(callId);
      else if (!take(record, found)) this.#damage(`${record.callId}: a change of a call of which nothing is known`);
    }
    const live: StoredCall[] = [];
    const over: CallState[] = [];
    for (const [callId, { isOver, rows, schema3 }] of found) {
      const stored = rows === undefined ? readSchema3(schema3) : readCall(callId, rows);
      if (stored === undefined) this.#damage(`${callId}: no state of a call that this version knows`);
      else if (isOver) over.push(stored.call);
      else live.push(stored);
    }
    return { live, over };
  }

  #damage(detail: string): void {
    this.#options.onFault({ kind: 'damage', detail });
  }

  /** When the process before was last known to live; null: there was none. Ask before `begin`. */
  get lastWriteUtcMs(): number | null {
    return this.#log.lastWriteUtcMs;
  }

  /** Begins this process's own segment; what was read and still matters must have been adopted before. */
  begin(): void {
    if (!this.#log.begin(this.#whole())) this.#written.clear();
  }

  /**
   * One write for what a turn changed, before anything of it is sent. What may wait (`CallEngine.takeChanged`) comes with the next record of its call, or
   * a little later.
   */
  write(atOnce: readonly CallState[], mayWait: readonly CallState[] = []): void {
    for (const call of mayWait) this.#wait(call);
    for (const call of atOnce) {
      this.#waiting.delete(call);
      const rows = this.#written.get(call.callId);
      if (rows !== undefined) rows.isResting = false;
    }
    if (atOnce.length > 0) this.#append(atOnce, []);
  }

  /** It rests, or has something under way that the log does not have yet: then its rows stay. */
  rest(call: CallState): void {
    const rows = this.#written.get(call.callId);
    if (rows !== undefined && !this.#waiting.has(call)) restRows(rows);
  }

  #wait(call: CallState): void {
    if (call.phase === 'ended') {
      this.#over.set(call.callId, call);
      const rows = this.#written.get(call.callId);
      if (rows !== undefined) letGoOfRows(rows);
    }
    this.#waiting.add(call);
    this.#flushSoon();
  }

  #flushSoon(): void {
    if (this.#isFlushDue) return;
    this.#isFlushDue = true;
    this.#options.after(waitMs, () => this.#flush());
  }

  #flush(): void {
    this.#isFlushDue = false;
    if (this.#isClosed) return;
    const [calls, settled] = [[...this.#waiting], this.#settled];
    this.#waiting.clear();
    this.#settled = [];
    this.#append(calls, settled);
  }

  #append(calls: readonly CallState[], settled: readonly string[]): void {
    this.#roll();
    const records: WrittenRecord[] = settled.length === 0 ? [] : [{ kind: 'settled', callIds: settled }];
    for (const call of calls) {
      if (call.phase === 'ended') this.#over.set(call.callId, call);
      const rows = this.#rowsOf(call);
      if (rows.length > 0) records.push({ kind: kindOf(call), callId: call.callId, rows });
    }
    const carried = this.#carryOn(records);
    if (this.#log.append(records)) {
      if (this.#behind?.size !== 0) return;
      this.#behind = null;
      this.#log.dropOlder();
      return;
    }
    // What the disk refused is no ground for a change: the next record of these calls is whole again.
    for (const call of [...calls, ...carried]) {
      this.#written.delete(call.callId);
      this.#behind?.add(call);
    }
  }

  /** The log has grown: a fresh segment is begun, into which the calls that are alive follow a few with each write, so that no turn waits for all. */
  #roll(): void {
    if (this.#behind !== null || !this.#log.isGrown || !this.#log.roll()) return;
    this.#written.clear();
    this.#behind = new Set([...this.#options.live(), ...this.#over.values()]);
  }

  /** Adds some of those that are behind. @returns them */
  #carryOn(records: WrittenRecord[]): CallState[] {
    const carried: CallState[] = [];
    for (const call of this.#behind ?? []) {
      if (carried.length === carriedAtOnce) break;
      this.#behind?.delete(call);
      const isForgotten = call.phase === 'ended' && !this.#over.has(call.callId);
      if (isForgotten || this.#written.has(call.callId)) continue;
      records.push({ kind: kindOf(call), callId: call.callId, rows: this.#rowsOf(call) });
      if (isAtRest(call)) this.rest(call);
      carried.push(call);
    }
    return carried;
  }

  /** The CDR is stored: the call may be forgotten. An end that is not written yet need not be. */
  settled(callId: string): void {
    const call = this.#over.get(callId);
    if (call === undefined) return;
    this.#over.delete(callId);
    this.#waiting.delete(call);
    this.#written.delete(callId);
    this.#settled.push(callId);
    this.#flushSoon();
  }

  /** An ended call whose CDR is not yet known to be stored. */
  over(callId: string): CallState | undefined {
    return this.#over.get(callId);
  }

  keepOver(call: CallState): void {
    this.#over.set(call.callId, call);
  }

  close(): void {
    this.#flush();
    this.#isClosed = true;
    this.#log.close();
  }

  #rowsOf(call: CallState): Row {
    let written = this.#written.get(call.callId);
    if (written === undefined) {
      written = new LoggedRows();
      this.#written.set(call.callId, written);
    }
    return takeCall(written, call, this.#edgeRow);
  }

  readonly #edgeRow = ({ legId }: CallState['legs'][number]): Row | null => this.#options.snapshot(legId);

  /** All that still matters, for a fresh segment. */
  #whole(): WrittenRecord[] {
    this.#written.clear();
    this.#waiting.clear();
    this.#settled = [];
    const calls = new Set([...this.#options.live(), ...this.#over.values()]);
    return [...calls].map((call) => ({ kind: kindOf(call), callId: call.callId, rows: this.#rowsOf(call) }));
  }
}

function kindOf(call: CallState): 'call' | 'over' {
  return call.phase === 'ended' ? 'over' : 'call';
}

/** As it stands in the log: rows, or an object of schema 3. */
interface Found {
  readonly isOver: boolean;
  readonly rows?: (unknown[] | undefined)[];
  readonly schema3?: unknown;
}

/** False: it changes what is not known. */
function take(record: Exclude<JournalRecord, { kind: 'settled' }>, found: Map<string, Found>): boolean {
  const { callId } = record;
  const before = found.get(callId);
  if (record.kind === 'schema-3') {
    const schema3 = applySchema3(before?.schema3, record);
    if (schema3 !== undefined) found.set(callId, { isOver: record.isOver, schema3 });
    return schema3 !== undefined;
  }
  const rows = before?.rows ?? [];
  if (!applyRecord(rows, record.rows)) return false;
  found.set(callId, { isOver: record.kind === 'over', rows });
  return true;
}
