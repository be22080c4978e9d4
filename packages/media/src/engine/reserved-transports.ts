/** Transports that a control process holds in advance, so that it need not ask for each call's. They are its connection's: with it they go. */
import type { ReservedTransport } from '../protocol/stream-spec.ts';
import { textOfCname } from '../thread/cname.ts';
import type { Connection } from './connection.ts';
import type { Pair } from './standing-pairs.ts';

export interface Reserved {
  readonly pair: Pair;
  readonly ssrc: number;
  readonly cname: number;
  readonly owner: Connection;
}

export class ReservedTransports {
  readonly #byId = new Map<string, Reserved>();
  #last = 0;

  get count(): number {
    return this.#byId.size;
  }

  add(reserved: Reserved): ReservedTransport {
    const { address, rtpPort, thread } = reserved.pair;
    const transportId = `reserved-${++this.#last}`;
    this.#byId.set(transportId, reserved);
    const { ssrc, cname } = reserved;
    return { transportId, address, rtpPort, rtcpPort: rtpPort + 1, ssrc, cname: textOfCname(cname), place: thread };
  }

  find(transportId: string): Reserved | undefined {
    return this.#byId.get(transportId);
  }

  /** A stream has it now. */
  remove(transportId: string): void {
    this.#byId.delete(transportId);
  }

  /** Nobody will open a stream on these any more. */
  takeOf(owner: Connection): Pair[] {
    const pairs: Pair[] = [];
    for (const [transportId, reserved] of this.#byId) {
      if (reserved.owner !== owner) continue;
      this.#byId.delete(transportId);
      pairs.push(reserved.pair);
    }
    return pairs;
  }

  /** How many a packet thread has. */
  countAt(thread: number): number {
    let count = 0;
    for (const { pair } of this.#byId.values()) if (pair.thread === thread) count += 1;
    return count;
  }
}
