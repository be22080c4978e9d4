/** Pairs of sockets whose stream has ended, until nothing has come to them for a while. */

const restMs = 2000;

interface RestingPair {
  readonly rtp: number;
  readonly rtcp: number;
  readonly sinceMs: number;
}

export class RestingSockets {
  /** By RTP socket, in the order they came. */
  readonly #pairs = new Map<number, RestingPair>();
  /** By socket: when a packet came last that no stream wanted. */
  readonly #heardMs: number[] = [];

  add(sockets: { readonly rtp: number; readonly rtcp: number }, nowMs: number): void {
    this.#pairs.set(sockets.rtp, { ...sockets, sinceMs: nowMs });
  }

  heard(socket: number, nowMs: number): void {
    this.#heardMs[socket] = nowMs;
  }

  forget(rtp: number): void {
    this.#pairs.delete(rtp);
  }

  /** The RTP sockets of those that have been silent for long enough; each once. */
  takeRested(nowMs: number): number[] {
    const rested: number[] = [];
    for (const [rtp, { rtcp, sinceMs }] of this.#pairs) {
      // The rest of them came later still.
      if (nowMs - sinceMs < restMs) break;
      const lastMs = Math.max(this.#heardMs[rtp] ?? 0, this.#heardMs[rtcp] ?? 0);
      if (nowMs - lastMs < restMs) continue;
      this.#pairs.delete(rtp);
      rested.push(rtp);
    }
    return rested;
  }
}
