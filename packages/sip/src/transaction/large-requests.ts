/**
 * Requests too large for UDP go by TCP (RFC 3261 §18.1.1). Remembers which targets refused TCP, so that only the first large request
 * pays for finding out.
 */
import type { Clock } from '../clock/clock.ts';
import type { Target, TransportFailure } from '../transport/flow.ts';

/** RFC 3261 §18.1.1: the limit where the path's MTU is not known. */
export const UDP_LIMIT_BYTES = 1_300;
const REMEMBER_MS = 300_000;
const MOST_REMEMBERED = 1_000;

export class LargeRequests {
  readonly #clock: Clock;
  readonly #limitBytes: number;
  readonly #refusedUntilMs = new Map<string, number>();

  constructor(clock: Clock, limitBytes: number) {
    this.#clock = clock;
    this.#limitBytes = limitBytes;
  }

  /** The TCP target to try first, or undefined: as it is. */
  byTcp(target: Target, sizeBytes: number): Target | undefined {
    if (target.kind !== 'udp' || sizeBytes <= this.#limitBytes) return undefined;
    if (target.flowId !== undefined || target.largeByTcp === false) return undefined;
    const until = this.#refusedUntilMs.get(keyOf(target));
    if (until !== undefined && until > this.#clock.nowMs()) return undefined;
    return { kind: 'tcp', remote: target.remote };
  }

  /** Whether a request that failed so may go by UDP: nothing of it can have arrived. */
  allowsUdp(target: Target, failure: TransportFailure): boolean {
    if (target.tcpFallback === false) return false;
    switch (failure.code) {
      case 'refused':
      case 'unreachable':
      case 'timeout':
      case 'no-listener':
        this.#remember(target);
        return true;
      default:
        return false;
    }
  }

  #remember(target: Target): void {
    const key = keyOf(target);
    this.#refusedUntilMs.delete(key);
    this.#refusedUntilMs.set(key, this.#clock.nowMs() + REMEMBER_MS);
    if (this.#refusedUntilMs.size > MOST_REMEMBERED) {
      for (const oldest of this.#refusedUntilMs.keys()) {
        this.#refusedUntilMs.delete(oldest);
        break;
      }
    }
  }
}

function keyOf(target: Target): string {
  return `${target.remote.address}|${target.remote.port}`;
}
