/** Time as the engine's main thread takes it: an argument, so that all of it runs in virtual time. */
export interface EngineClock {
  /** Monotonic, with the same zero as PacketIo.nowMs of the engine's packet threads. */
  nowMs(): number;
  utcMs(): number;
  /** @returns a function that calls it off. */
  after(afterMs: number, run: () => void): () => void;
}
