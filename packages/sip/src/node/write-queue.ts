/**
 * What waits for a peer that reads slowly, bounded: beyond the bound the oldest request that begins something fails, so that its sender can go elsewhere, while
 * responses and what belongs to calls that are up still wait. Where nothing of the kind waits, the connection is of no use any more.
 */
import { beginsSomething } from '../overload/sheddable.ts';
import type { TransportFailure } from '../transport/flow.ts';
import type { SendOwner } from '../transport/transport-port.ts';

export interface WriteQueueOptions {
  /** To the socket. `done` with an error: the connection ends, and tells all that wait. */
  readonly write: (bytes: Uint8Array, done: ((error?: Error | null) => void) | undefined) => void;
  /** Octets that the socket has and the kernel has not. */
  readonly heldBytes: () => number;
  readonly limitBytes: number;
  readonly onFailed: (owner: SendOwner, failure: TransportFailure) => void;
  /** More waits than may, and nothing can be given up. */
  readonly onOverflow: () => void;
  /** For people. */
  readonly peer: string;
}

interface Waiting {
  readonly bytes: Uint8Array;
  readonly owner: SendOwner | null;
}

/** The socket is given so much at a time; what waits behind it can still be taken back. */
const socketBytes = 65_536;

export class WriteQueue {
  readonly #options: WriteQueueOptions;
  /** Given to the socket, not taken by the kernel yet. */
  readonly #unsent = new Set<SendOwner>();
  #waiting: Waiting[] = [];
  #waitingBytes = 0;

  constructor(options: WriteQueueOptions) {
    this.#options = options;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  send(bytes: Uint8Array, owner: SendOwner | null): void {
    if (this.#waiting.length === 0 && this.#options.heldBytes() < socketBytes) {
      this.#write(bytes, owner);
      return;
    }
    this.#waiting.push({ bytes, owner });
    this.#waitingBytes += bytes.length;
    while (this.#waitingBytes > this.#options.limitBytes) {
      if (this.#giveUpOldest()) continue;
      this.#options.onOverflow();
      return;
    }
  }

  /** The socket takes more. */
  drained(): void {
    let taken = 0;
    while (taken < this.#waiting.length && this.#options.heldBytes() < socketBytes) {
      const { bytes, owner } = this.#waiting[taken++] as Waiting;
      this.#waitingBytes -= bytes.length;
      this.#write(bytes, owner);
    }
    this.#waiting.splice(0, taken);
  }

  /** The connection is gone. */
  failAll(failure: TransportFailure): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const owner of this.#unsent) this.#options.onFailed(owner, failure);
    this.#unsent.clear();
    for (const { owner } of waiting) if (owner !== null) this.#options.onFailed(owner, failure);
  }

  #write(bytes: Uint8Array, owner: SendOwner | null): void {
    if (owner === null) {
      this.#options.write(bytes, undefined);
      return;
    }
    this.#unsent.add(owner);
    this.#options.write(bytes, (error) => {
      if (!error) this.#unsent.delete(owner);
    });
  }

  #giveUpOldest(): boolean {
    const at = this.#waiting.findIndex(({ bytes, owner }) => owner !== null && beginsSomething(bytes));
    const [given] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (given?.owner == null) return false;
    this.#waitingBytes -= given.bytes.length;
    const detail = `${this.#options.peer}: too slow for what it is sent; this request was given up`;
    this.#options.onFailed(given.owner, { code: 'overloaded', detail });
    return true;
  }
}
