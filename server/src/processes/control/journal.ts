/** What of the calls goes into the append log, and what a fresh process makes of it. */
import { AppendLog, type AppendLogFault, type CallState, type JournalRecord, readCall } from '#engine/calls';

/** A call with the edge's plain data of each of its legs. */
export interface JournalledCall {
  readonly call: CallState;
  readonly legs: Readonly<Record<string, unknown>>;
}

export interface JournalOptions {
  readonly folder: string;
  readonly onFault: (fault: AppendLogFault) => void;
  /** The edge's plain data of a leg, or null where there is none yet. */
  readonly snapshot: (legId: string) => unknown;
  readonly live: () => Iterable<CallState>;
}

export class Journal {
  readonly #log: AppendLog;
  readonly #options: JournalOptions;
  /** Ended, CDR not yet known to be stored. */
  readonly #over = new Map<string, CallState>();
  #settled: string[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
    this.#log = new AppendLog({ folder: options.folder, onFault: options.onFault });
  }

  /** What an earlier process left: calls that were alive, and ended ones whose CDR may be missing. */
  read(): { readonly live: JournalledCall[]; readonly over: CallState[] } {
    const live = new Map<string, JournalledCall>();
    const over = new Map<string, CallState>();
    for (const record of this.#log.read()) {
      live.delete(record.callId);
      if (record.kind === 'settled') over.delete(record.callId);
      else this.#take(record, live, over);
    }
    return { live: [...live.values()], over: [...over.values()] };
  }

  #take({ kind, callId, data }: JournalRecord, live: Map<string, JournalledCall>, over: Map<string, CallState>): void {
    const stored = kind === 'call' ? (data as JournalledCall | null) : { call: data as CallState | null, legs: {} };
    const call = readCall(stored?.call);
    if (call === undefined)
      this.#options.onFault({ kind: 'damage', detail: `${callId}: no state of a call that this version knows` });
    else if (kind === 'over') over.set(callId, call);
    else live.set(callId, { call, legs: stored?.legs ?? {} });
  }

  /** When the process before was last known to live; null: there was none. Ask before `begin`. */
  get lastWriteUtcMs(): number | null {
    return this.#log.lastWriteUtcMs;
  }

  /** Begins this process's own segment; what was read and still matters must have been adopted before. */
  begin(): void {
    this.#log.begin(this.#whole());
  }

  /** One write for all that a turn changed, before anything of it is sent. */
  write(changed: readonly CallState[]): void {
    const records: JournalRecord[] = this.#settled.map((callId) => ({ kind: 'settled', callId, data: null }));
    this.#settled = [];
    for (const call of changed) {
      if (call.phase === 'ended') {
        this.#over.set(call.callId, call);
        records.push({ kind: 'over', callId: call.callId, data: call });
      } else records.push(this.#record(call));
    }
    if (this.#log.isGrown) this.#log.begin(this.#whole());
    else this.#log.append(records);
  }

  /** The CDR is stored: the call may be forgotten. Written with the next turn. */
  settled(callId: string): void {
    if (this.#over.delete(callId)) this.#settled.push(callId);
  }

  /** An ended call whose CDR is not yet known to be stored. */
  over(callId: string): CallState | undefined {
    return this.#over.get(callId);
  }

  keepOver(call: CallState): void {
    this.#over.set(call.callId, call);
  }

  close(): void {
    if (this.#settled.length > 0) this.write([]);
    this.#log.close();
  }

  #record(call: CallState): JournalRecord {
    const legs: Record<string, unknown> = {};
    for (const leg of call.legs) if (leg.phase !== 'ended') legs[leg.legId] = this.#options.snapshot(leg.legId);
    return { kind: 'call', callId: call.callId, data: { call, legs } satisfies JournalledCall };
  }

  #whole(): JournalRecord[] {
    const records = [...this.#options.live()].map((call) => this.#record(call));
    for (const call of this.#over.values()) records.push({ kind: 'over', callId: call.callId, data: call });
    return records;
  }
}
