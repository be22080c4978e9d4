/** Sines, alone or summed, continuous in phase over any number of `fill`s: a tone split into frames has no clicks. */
import { peakOfDbm0 } from './level.ts';

export interface ToneComponent {
  readonly hz: number;
  readonly levelDbm0: number;
}

export class ToneGenerator {
  readonly #steps: Float64Array;
  readonly #peaks: Float64Array;
  readonly #phases: Float64Array;

  constructor(components: readonly ToneComponent[], sampleRate: number) {
    this.#steps = Float64Array.from(components, (component) => (2 * Math.PI * component.hz) / sampleRate);
    this.#peaks = Float64Array.from(components, (component) => peakOfDbm0(component.levelDbm0));
    this.#phases = new Float64Array(components.length);
  }

  /** Overwrites all of `out` with the next samples. */
  fill(out: Int16Array): void {
    out.fill(0);
    for (let tone = 0; tone < this.#steps.length; tone++) {
      const step = this.#steps[tone] as number;
      const peak = this.#peaks[tone] as number;
      let phase = this.#phases[tone] as number;
      for (let index = 0; index < out.length; index++) {
        out[index] = Math.max(-32_768, Math.min(32_767, (out[index] as number) + Math.round(peak * Math.sin(phase))));
        phase += step;
        if (phase > 2 * Math.PI) phase -= 2 * Math.PI;
      }
      this.#phases[tone] = phase;
    }
  }
}
