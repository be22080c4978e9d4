/** Recorded clips one after the other, with half a second of quiet before a repetition. */
import { soundSampleRate } from '../sounds.ts';
import type { FrameSource } from './frame-source.ts';

const pauseSamples = soundSampleRate / 2;

export class ClipSource implements FrameSource {
  /** Asked anew for each repetition: a speaking clock says another time. */
  readonly #choose: () => readonly Int16Array[];
  readonly #loop: boolean;
  #clips: readonly Int16Array[];
  #clip = 0;
  #at = 0;
  #pauseLeft = 0;

  constructor(choose: () => readonly Int16Array[], loop: boolean) {
    this.#choose = choose;
    this.#loop = loop;
    this.#clips = choose();
  }

  fill(pcm: Int16Array): boolean {
    if (this.#atEnd() && !this.#loop) return false;
    let filled = 0;
    while (filled < pcm.length) {
      const copied = this.#pauseLeft > 0 ? this.#pause(pcm, filled) : this.#copy(pcm, filled);
      if (copied === 0) {
        pcm.fill(0, filled);
        return true;
      }
      filled += copied;
    }
    return true;
  }

  #atEnd(): boolean {
    return this.#clip >= this.#clips.length && this.#pauseLeft === 0;
  }

  #pause(pcm: Int16Array, from: number): number {
    const count = Math.min(this.#pauseLeft, pcm.length - from);
    pcm.fill(0, from, from + count);
    this.#pauseLeft -= count;
    return count;
  }

  /** @returns samples copied; 0 at the end. */
  #copy(pcm: Int16Array, from: number): number {
    const clip = this.#clips[this.#clip];
    if (clip === undefined) return this.#startOver(pcm, from);
    const count = Math.min(clip.length - this.#at, pcm.length - from);
    for (let index = 0; index < count; index++) pcm[from + index] = clip[this.#at + index] as number;
    this.#at += count;
    if (this.#at >= clip.length) {
      this.#clip++;
      this.#at = 0;
    }
    // An empty clip copies nothing but is no end.
    return count === 0 ? this.#copy(pcm, from) : count;
  }

  #startOver(pcm: Int16Array, from: number): number {
    if (!this.#loop) return 0;
    this.#clips = this.#choose();
    this.#clip = 0;
    this.#pauseLeft = pauseSamples;
    return this.#pause(pcm, from);
  }
}
