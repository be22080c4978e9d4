/** What of the calls goes into the append log, and what a fresh process makes of it. */
import {
  AppendLog,
  type AppendLogFault,
  type AppendLogOptions,
  type CallState,
  callShape,
  fixedParts,
  type JournalRecord,
  mapOf,
  type Parts,
  readCall,
} from '#engine/calls';
import { storedLegShape } from '#faces/sip-edge';

/** A call with the edge's plain data of each of its legs. */
export interface JournalledCall {
  readonly call: CallState;
  readonly legs: Readonly<Record<string, unknown>>;
}

const legsShape = mapOf(storedLegShape);
const wholeShape = fixedParts({ call: callShape, legs: legsShape });

export interface JournalOptions {
  readonly folder: string;
  readonly onFault: (fault: AppendLogFault) => void;
  /** The edge's plain data of a leg, or null where there is none yet. */
  readonly snapshot: (legId: string) => unknown;
  readonly live: () => Iterable<CallState>;
  /** write(2); tests put a full disk here. */
  readonly write?: AppendLogOptions['write'];
}

export class Journal {
  readonly #log: AppendLog;
  readonly #options: JournalOptions;
  /** Ended, CDR not yet known to be stored. */
  readonly #over = new Map<string, CallState>();
  #settled: string[] = [];
  /** What stands in the log of each live call. */
  readonly #written = new Map<string, { readonly call: unknown; readonly legs: unknown }>();

  constructor(options: JournalOptions) {
    this.#options = options;
    const { folder, onFault, write } = options;
    this.#log = new AppendLog({ folder, onFault, ...(write === undefined ? {} : { write }) });
  }

  /** What an earlier process left: calls that were alive, and ended ones whose CDR may be missing. */
  read(): { readonly live: JournalledCall[]; readonly over: CallState[] } {
    const found = new Map<string, StoredCall>();
    for (const record of this.#log.read()) {
      if (record.kind === 'settled') found.delete(record.callId);
      else this.#take(record, found);
    }
    const live: JournalledCall[] = [];
    const over: CallState[] = [];
    for (const [callId, { isOver, data }] of found) {
      const call = readCall(data?.call);
      if (call === undefined) this.#damage(`${callId}: no state of a call that this version knows`);
      else if (isOver) over.push(call);
      else live.push({ call, legs: data?.legs ?? {} });
    }
    return { live, over };
  }

  #take({ kind, callId, data, isChange }: JournalRecord, found: Map<string, StoredCall>): void {
    const isOver = kind === 'over';
    const whole = isOver ? { call: data } : data;
    const before = found.get(callId);
    if (!isChange) found.set(callId, { isOver, data: whole as StoredCall['data'] });
    else if (before?.data == null) this.#damage(`${callId}: a change of a call of which nothing is known`);
    else found.set(callId, { isOver, data: wholeShape.apply(before.data as Parts, whole as Parts) });
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

  /** One write for all that a turn changed, before anything of it is sent. */
  write(changed: readonly CallState[]): void {
    const records: JournalRecord[] = [];
    for (const callId of this.#settled) records.push({ kind: 'settled', callId, data: null, isChange: false });
    this.#settled = [];
    for (const call of changed) {
      if (call.phase === 'ended') this.#over.set(call.callId, call);
      const record = call.phase === 'ended' ? this.#ended(call) : this.#change(call);
      if (record !== undefined) records.push(record);
    }
    if (this.#log.isGrown) this.begin();
    // What the disk refused is no ground for a difference: the next record of these calls is whole again.
    else if (!this.#log.append(records)) for (const { callId } of changed) this.#written.delete(callId);
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

  #ended(call: CallState): JournalRecord {
    const { callId } = call;
    const written = this.#written.get(callId);
    this.#written.delete(callId);
    if (written === undefined) return { kind: 'over', callId, data: call, isChange: false };
    return { kind: 'over', callId, data: callShape.take(written.call, partsOf(call)) ?? {}, isChange: true };
  }

  #change(call: CallState): JournalRecord | undefined {
    const { callId } = call;
    const written = this.#written.get(callId);
    if (written === undefined) return this.#record(call);
    const changes = {
      call: callShape.take(written.call, partsOf(call)),
      legs: legsShape.take(written.legs, this.#legsOf(call)),
    };
    if (changes.call === undefined && changes.legs === undefined) return undefined;
    return { kind: 'call', callId, data: changes, isChange: true };
  }

  #record(call: CallState): JournalRecord {
    const legs = this.#legsOf(call);
    this.#written.set(call.callId, { call: callShape.copy(partsOf(call)), legs: legsShape.copy(legs) });
    return { kind: 'call', callId: call.callId, data: { call, legs } satisfies JournalledCall, isChange: false };
  }

  #legsOf(call: CallState): Parts {
    const legs: Parts = {};
    for (const leg of call.legs) if (leg.phase !== 'ended') legs[leg.legId] = this.#options.snapshot(leg.legId);
    return legs;
  }

  #whole(): JournalRecord[] {
    this.#written.clear();
    const records = [...this.#options.live()].map((call) => this.#record(call));
    for (const call of this.#over.values())
      records.push({ kind: 'over', callId: call.callId, data: call, isChange: false });
    return records;
  }
}

function partsOf(call: CallState): Parts {
  return call as unknown as Parts;
}

/** As it stands in the log. */
interface StoredCall {
  readonly isOver: boolean;
  readonly data: { readonly call?: unknown; readonly legs?: JournalledCall['legs'] } | null;
}
