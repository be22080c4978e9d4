/**
 * Pairs of sockets that stay open between two streams: opening and closing two sockets costs more than the rest of a short call's media. Once a stream
 * ends its pair rests until nothing has come to it for a while (the packet thread says when), so that late packets of one call do not reach
 * another; then it is free for the next stream of the same thread, address and mark. A free one is taken by chance, so that a stranger cannot guess
 * it. What nobody needs for long is shut, and so is what stands in the way when ports are short.
 */

export interface Pair {
  readonly thread: number;
  readonly address: string;
  readonly dscp: number;
  readonly rtpPort: number;
  /** Numbers of PacketIo. */
  readonly rtp: number;
  readonly rtcp: number;
}

export interface StandingPairsOptions {
  /** More than these are not kept. */
  readonly most: number;
  /** An integer in [0, below). */
  random(below: number): number;
}

interface Standing {
  readonly pair: Pair;
  sinceMs: number;
}

const unusedMs = 30_000;
/** Somebody goes on sending to it. */
const restlessMs = 60_000;

export class StandingPairs {
  readonly #options: StandingPairsOptions;
  readonly #resting = new Map<number, Standing>();
  readonly #free = new Map<string, Standing[]>();
  #freeCount = 0;

  constructor(options: StandingPairsOptions) {
    this.#options = options;
  }

  /** Neither used by a stream nor shut. */
  get count(): number {
    return this.#resting.size + this.#freeCount;
  }

  take(thread: number, address: string, dscp: number): Pair | null {
    const free = this.#free.get(placeOf(thread, address, dscp));
    if (free === undefined || free.length === 0) return null;
    const at = this.#options.random(free.length);
    const taken = free[at] as Standing;
    free[at] = free.at(-1) as Standing;
    free.pop();
    this.#freeCount -= 1;
    return taken.pair;
  }

  /** Its stream has ended. @returns false where there are enough: shut it. */
  rest(pair: Pair, nowMs: number): boolean {
    if (this.count >= this.#options.most) return false;
    this.#resting.set(socketOf(pair.thread, pair.rtp), { pair, sinceMs: nowMs });
    return true;
  }

  /** Nothing comes to it any more. */
  rested(thread: number, rtp: number, nowMs: number): void {
    const standing = this.#resting.get(socketOf(thread, rtp));
    if (standing === undefined) return;
    this.#resting.delete(socketOf(thread, rtp));
    standing.sinceMs = nowMs;
    const place = placeOf(thread, standing.pair.address, standing.pair.dscp);
    const free = this.#free.get(place);
    if (free === undefined) this.#free.set(place, [standing]);
    else free.push(standing);
    this.#freeCount += 1;
  }

  /** No port of this address is left but those that stand open: one of them, to be shut and bound anew where it is wanted. */
  reclaim(address: string): Pair | null {
    for (const free of this.#free.values()) {
      const last = free.at(-1);
      if (last?.pair.address !== address) continue;
      free.pop();
      this.#freeCount -= 1;
      return last.pair;
    }
    for (const [socket, { pair }] of this.#resting) {
      if (pair.address !== address) continue;
      this.#resting.delete(socket);
      return pair;
    }
    return null;
  }

  /** Those that have been of no use for long, to be shut. */
  takeUnused(nowMs: number): Pair[] {
    const unused: Pair[] = [];
    for (const [place, free] of this.#free) {
      const kept = free.filter(({ sinceMs }) => nowMs - sinceMs < unusedMs);
      if (kept.length === free.length) continue;
      for (const { pair, sinceMs } of free) if (nowMs - sinceMs >= unusedMs) unused.push(pair);
      this.#freeCount -= free.length - kept.length;
      if (kept.length === 0) this.#free.delete(place);
      else this.#free.set(place, kept);
    }
    for (const [socket, { pair, sinceMs }] of this.#resting) {
      if (nowMs - sinceMs < restlessMs) continue;
      this.#resting.delete(socket);
      unused.push(pair);
    }
    return unused;
  }
}

function placeOf(thread: number, address: string, dscp: number): string {
  return `${thread}|${dscp}|${address}`;
}

/** More sockets than a thread can have. */
const socketsApart = 2 ** 24;

function socketOf(thread: number, rtp: number): number {
  return thread * socketsApart + rtp;
}
