/**
 * What messages (RFC 3428) may cost: how many somebody may send, and which way one of more than 1,300 octets may not take (§8): over UDP, which does not care for congestion.
 *
 * A sender has a minute's worth at once, and as much again with each minute that passes.
 */
import { messageSizeBytes, mostMessageBytesByUdp, type ProxyTarget, type SipRequest } from '@ringdown/sip';
import type { IncomingCall } from '#engine/calls';

const minuteMs = 60_000;
/** That are remembered; the one that has not sent for the longest is forgotten. */
const mostSenders = 10_000;

export class MessageLimits {
  readonly #perMinute: number;
  /** Until when each sender's messages would have taken, had they come one after the other in even steps. */
  readonly #busyUntilMs = new Map<string, number>();

  /** @param perMinute of each sender; 0: no limit. */
  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Null: it may send this one; else after how many seconds it may send the next. */
  take(tenant: string, origin: IncomingCall['origin'], nowMs: number): number | null {
    if (this.#perMinute === 0) return null;
    const sender = `${tenant} ${origin.kind} ${origin.kind === 'user' ? origin.userId : origin.trunkId}`;
    const untilMs = Math.max(nowMs, this.#busyUntilMs.get(sender) ?? 0) + minuteMs / this.#perMinute;
    const tooSoonMs = untilMs - nowMs - minuteMs;
    if (tooSoonMs > 0) return Math.ceil(tooSoonMs / 1_000);
    this.#remember(sender, untilMs);
    return null;
  }

  #remember(sender: string, untilMs: number): void {
    const all = this.#busyUntilMs;
    all.delete(sender);
    all.set(sender, untilMs);
    if (all.size <= mostSenders) return;
    for (const oldest of all.keys()) {
      all.delete(oldest);
      return;
    }
  }
}

/** The targets that a message of this size may be sent to; where a target is not found yet, the transport sees to it. */
export function withinSize(request: SipRequest, targets: readonly ProxyTarget[]): readonly ProxyTarget[] {
  if (messageSizeBytes(request) <= mostMessageBytesByUdp) return targets;
  return targets.flatMap(({ instead = [], ...first }) => {
    const [best, ...others] = [first, ...instead].filter(takesLarge);
    if (best === undefined) return [];
    return others.length === 0 ? best : { ...best, instead: others };
  });
}

function takesLarge({ flow, targets }: ProxyTarget): boolean {
  if (flow !== undefined) return flow.kind !== 'udp';
  return targets === undefined || targets.some(({ kind }) => kind !== 'udp');
}
