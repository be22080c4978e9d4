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
    const before = this.#kept.get(flow.id);
    const untilMs = Math.max(clock.nowMs() + forSec * 1_000, before?.untilMs ?? 0);
    if (before !== undefined) clock.disarm(before.timer);
    // Interop: RFC 7118 has no CRLF pings, a WebSocket keeps itself open.
    const isPinged = pingSec > 0 && ping !== undefined && flow.kind !== 'ws' && flow.kind !== 'wss';
    if (before !== undefined && before.contact !== contact) this.#forgetContact(before);
    if (contact !== '') this.#byContact.set(contact, flow);
    const kept = new KeptFlow({ flow, contact, untilMs, pingMs: isPinged ? pingSec * 1_000 : 0 });
    kept.onTimer = () => {
      if (clock.nowMs() >= untilMs) {
        this.#kept.delete(flow.id);
        this.#forgetContact(kept);
        return;
      }
      ping?.(flow);
      arm();
    };
    const arm = () => {
      const leftMs = untilMs - clock.nowMs();
      kept.timer = clock.arm(kept.pingMs > 0 ? Math.min(kept.pingMs, leftMs) : leftMs, kept, 0);
    };
    this.#kept.set(flow.id, kept);
    arm();
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
  readonly contact: string;
  readonly untilMs: number;
  readonly pingMs: number;
  timer: TimerId = 0;
  onTimer: () => void = () => {};

  constructor({ flow, contact, untilMs, pingMs }: Pick<KeptFlow, 'flow' | 'contact' | 'untilMs' | 'pingMs'>) {
    this.flow = flow;
    this.contact = contact;
    this.untilMs = untilMs;
    this.pingMs = pingMs;
  }
}
