/** A steady tone without an end. */
import { type ToneComponent, ToneGenerator } from '@ringdown/rtc/audio';
import { soundSampleRate } from '../sounds.ts';
import type { FrameSource } from './frame-source.ts';

export class ToneSource implements FrameSource {
  readonly #generator: ToneGenerator;

  constructor(components: readonly ToneComponent[]) {
    this.#generator = new ToneGenerator(components, soundSampleRate);
  }

  fill(pcm: Int16Array): boolean {
    this.#generator.fill(pcm);
    return true;
  }
}
