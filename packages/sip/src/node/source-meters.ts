/**
 * What one address costs us: its connections, its unfinished TLS handshakes, its messages in this second. One meter per address, found once per flow or
 * connection; a message costs two comparisons and an addition.
 */

export interface SourceMeter {
  connections: number;
  handshakes: number;
  /** Of its messages that are not whole. */
  heldBytes: number;
  /** In which second `messages` were counted. */
  second: number;
  messages: number;
}

/** Addresses without connections that are remembered; what is forgotten begins anew. */
const most = 100_000;

export class SourceMeters {
  readonly #byAddress = new Map<string, SourceMeter>();
  readonly #messagesPerSecond: number;
  /** Counts the seconds in which something came; whoever owns the clock moves it on. */
  #second = 0;
  /** A message came since the second began. */
  isActive = false;
  /** Messages that came above the limit. */
  exceeded = 0;

  /** @param messagesPerSecond 0: no limit */
  constructor(messagesPerSecond: number) {
    this.#messagesPerSecond = messagesPerSecond;
  }

  of(address: string): SourceMeter {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const meter: SourceMeter = { connections: 0, handshakes: 0, heldBytes: 0, second: 0, messages: 0 };
    if (this.#byAddress.size >= most) this.#makeRoom();
    this.#byAddress.set(address, meter);
    return meter;
  }

  nextSecond(): void {
    this.#second++;
    this.isActive = false;
  }

  /** One more message. False: more than this address may send in a second. */
  takes(meter: SourceMeter): boolean {
    this.isActive = true;
    if (meter.second !== this.#second) {
      meter.second = this.#second;
      meter.messages = 0;
    }
    if (++meter.messages <= this.#messagesPerSecond || this.#messagesPerSecond === 0) return true;
    this.exceeded++;
    return false;
  }

  /** The oldest of those that hold nothing, an eighth of all. */
  #makeRoom(): void {
    let wanted = most >>> 3;
    for (const [address, { connections, handshakes }] of this.#byAddress) {
      if (wanted <= 0) return;
      if (connections > 0 || handshakes > 0) continue;
      this.#byAddress.delete(address);
      wanted--;
    }
  }
}
