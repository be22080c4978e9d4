/** Silence without an end: keeps a NAT open and a receiver content. */
import type { FrameSource } from './frame-source.ts';

export class SilenceSource implements FrameSource {
  fill(pcm: Int16Array): boolean {
    pcm.fill(0);
    return true;
  }
}
