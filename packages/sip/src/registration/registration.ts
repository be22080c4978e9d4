/**
 * A user agent's side of registration (RFC 3261 §10.2): kept up until it is stopped. Plain, it has one binding, over the best of its ways that works; with an instance and
 * outbound (RFC 5626 §4.2) a flow over each of its ways, of which one is enough. What the registrar gives, GRUUs (RFC 5627 §4.2) and a service route (RFC 3608 §6.1), is
 * told with each success.
 */
import type { Flow } from '../transport/flow.ts';
import { type FlowOwner, FlowRegistration } from './flow-registration.ts';
import type { ReadRegistered } from './read-registered.ts';
import type { RegistrationFailure, RegistrationOptions } from './registration-port.ts';

export class Registration implements FlowOwner {
  readonly options: RegistrationOptions;
  readonly callId: string;
  readonly tag: string;
  expiresSec: number;
  isWanted = false;
  readonly #flows: readonly FlowRegistration[];
  #seq = 0;

  constructor(options: RegistrationOptions) {
    this.options = options;
    this.callId = options.random.token(24);
    this.tag = options.random.token(12);
    this.expiresSec = options.expiresSec;
    const { ways, outbound, instance } = options;
    const isOutbound = outbound === true && instance !== undefined;
    this.#flows = isOutbound
      ? ways.map((way, at) => new FlowRegistration(this, [way], at + 1))
      : [new FlowRegistration(this, ways, 0)];
  }

  get isRegistered(): boolean {
    return this.#flows.some((flow) => flow.isRegistered);
  }

  /** The flow that requests go by: the first that is registered. */
  get flow(): Flow | undefined {
    return this.#flows.find((one) => one.isRegistered)?.flow ?? undefined;
  }

  /** Also again: then it is registered anew at once, whatever it waits for. */
  start(): void {
    this.isWanted = true;
    for (const flow of this.#flows) flow.start();
  }

  /** Nothing more is tried; what is registered stays until it expires. */
  halt(): void {
    this.isWanted = false;
    for (const flow of this.#flows) flow.halt();
  }

  /** Takes all bindings back; `done` when the server has said so, or could not be asked. */
  stop(done: () => void = () => {}): void {
    this.isWanted = false;
    let left = this.#flows.length;
    for (const flow of this.#flows)
      flow.stop(() => {
        left -= 1;
        if (left === 0) done();
      });
  }

  /** The transport says that a flow is closed, or that its keep-alives are not answered. */
  flowClosed(flow: Flow, detail: string): void {
    if (!this.isWanted) return;
    for (const one of this.#flows) if (one.flow?.id === flow.id) one.closed(detail);
  }

  nextSeq(): number {
    this.#seq += 1;
    return this.#seq;
  }

  hasOtherFlow(flow: FlowRegistration): boolean {
    return this.#flows.some((other) => other !== flow && other.isRegistered);
  }

  flowRegistered({ flow }: FlowRegistration, { flowTimerSec: _kept, ...read }: ReadRegistered): void {
    if (flow !== null && this.isWanted) this.options.user.onRegistered({ ...read, flow });
  }

  flowFailed(_flow: FlowRegistration, failure: RegistrationFailure, retryMs: number): void {
    if (this.isWanted) this.options.user.onFailed(failure, { retryMs, isOver: !this.isRegistered });
  }
}
