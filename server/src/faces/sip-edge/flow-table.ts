/**
 * The flows that phones registered over (RFC 5626 §5.3): kept for as long as their bindings live, so that calls go back the same way, and kept open
 * through the NAT in front of the phone by a ping (RFC 5626 §4.4.1, from our side: a UDP phone that does not ping itself is otherwise lost).
 */

import type { Clock, Flow, TimerId, TimerOwner } from '@ringdown/sip';

export interface FlowTableOptions {
  readonly clock: Clock;
  /** Sends CRLF CRLF; absent: nothing is kept open. */
  readonly ping?: ((flow: Flow) => void) | undefined;
}

export interface KeepFlow {
  readonly forSec: number;
  readonly pingSec?: number;
  /** The Contact that was registered over it. */
  readonly contact?: string;
}

export class FlowTable {
  readonly #options: FlowTableOptions;
  readonly #kept = new Map<number, KeptFlow>();
  readonly #byContact = new Map<string, Flow>();

  constructor(options: FlowTableOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  get(id: number): Flow | undefined {
    return this.#kept.get(id)?.flow;
  }

  /** The flow that this Contact was registered over last. */
  ofContact(contact: string): Flow | undefined {
    return this.#byContact.get(contact);
  }

  /** `pingSec` 0: the phone is where it says, nothing needs to be kept open. */
  keep(flow: Flow, { forSec, pingSec = 0, contact = '' }: KeepFlow): void {
    const { clock, ping } = this.#options;
    // Interop: RFC 7118 has no CRLF pings, a WebSocket keeps itself open.
    const isPinged = pingSec > 0 && ping !== undefined && flow.kind !== 'ws' && flow.kind !== 'wss';
    const untilMs = clock.nowMs() + forSec * 1_000;
    let kept = this.#kept.get(flow.id);
    if (kept === undefined) {
      kept = new KeptFlow(flow, this);
      this.#kept.set(flow.id, kept);
    }
    if (kept.contact !== contact) this.#forgetContact(kept);
    kept.contact = contact;
    if (contact !== '') this.#byContact.set(contact, flow);
    kept.untilMs = Math.max(kept.untilMs, untilMs);
    kept.pingMs = isPinged ? pingSec * 1_000 : 0;
    this.#arm(kept);
  }

  /** Its timer has come; what it was for may have been put off since. */
  due(kept: KeptFlow): void {
    const { clock, ping } = this.#options;
    const nowMs = clock.nowMs();
    kept.armedMs = Infinity;
    if (nowMs >= kept.untilMs) {
      this.#kept.delete(kept.flow.id);
      this.#forgetContact(kept);
    } else if (nowMs >= kept.nextMs) {
      if (kept.pingMs > 0) ping?.(kept.flow);
      this.#arm(kept);
    } else this.#armAt(kept, nowMs);
  }

  #arm(kept: KeptFlow): void {
    const nowMs = this.#options.clock.nowMs();
    kept.nextMs = kept.pingMs > 0 ? Math.min(kept.untilMs, nowMs + kept.pingMs) : kept.untilMs;
    // A timer that comes sooner looks again: a refresh costs none.
    if (kept.armedMs <= kept.nextMs) return;
    this.#options.clock.disarm(kept.timer);
    this.#armAt(kept, nowMs);
  }

  #armAt(kept: KeptFlow, nowMs: number): void {
    kept.armedMs = kept.nextMs;
    kept.timer = this.#options.clock.arm(kept.nextMs - nowMs, kept, 0);
  }

  drop(flow: Flow): void {
    const kept = this.#kept.get(flow.id);
    if (kept === undefined) return;
    this.#options.clock.disarm(kept.timer);
    this.#kept.delete(flow.id);
    this.#forgetContact(kept);
  }

  #forgetContact({ contact, flow }: KeptFlow): void {
    if (this.#byContact.get(contact)?.id === flow.id) this.#byContact.delete(contact);
  }
}

class KeptFlow implements TimerOwner {
  readonly flow: Flow;
  readonly #table: FlowTable;
  contact = '';
  untilMs = 0;
  /** 0: not pinged. */
  pingMs = 0;
  /** When it is to be pinged, or is over. */
  nextMs = 0;
  timer: TimerId = 0;
  /** When the timer comes. */
  armedMs = Infinity;

  constructor(flow: Flow, table: FlowTable) {
    this.flow = flow;
    this.#table = table;
  }

  onTimer(): void {
    this.#table.due(this);
  }
}
