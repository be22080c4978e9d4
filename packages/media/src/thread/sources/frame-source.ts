/** Where a player gets its sound: frames of 20 ms at 8 kHz, on and on or to an end. */

export interface FrameSource {
  /** Fills all of `pcm` (silence after the last sample), or returns false: it had ended before, nothing was written. */
  fill(pcm: Int16Array): boolean;
}
