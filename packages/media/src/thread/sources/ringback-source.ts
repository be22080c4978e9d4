/** Ring-back tones by country: frequencies and cadence after ITU-T E.180 Supplement 2. */
import { type ToneComponent, ToneGenerator } from '@ringdown/rtc/audio';
import { soundSampleRate } from '../sounds.ts';
import type { FrameSource } from './frame-source.ts';

interface Cadence {
  readonly hz: readonly number[];
  /** On, off, on, off ... in milliseconds. */
  readonly beatsMs: readonly number[];
}

const european: Cadence = { hz: [425], beatsMs: [1000, 4000] };
const british: Cadence = { hz: [400, 450], beatsMs: [400, 200, 400, 2000] };
const american: Cadence = { hz: [440, 480], beatsMs: [2000, 4000] };

const cadences: Readonly<Record<string, Cadence>> = {
  us: american,
  ca: american,
  gb: british,
  ie: british,
  au: british,
  nz: british,
  in: british,
  de: european,
  ch: european,
  it: european,
  nl: european,
  se: { hz: [425], beatsMs: [1000, 5000] },
  pl: european,
  at: { hz: [420], beatsMs: [1000, 5000] },
  es: { hz: [425], beatsMs: [1500, 3000] },
  fr: { hz: [440], beatsMs: [1500, 3500] },
  jp: { hz: [400], beatsMs: [1000, 2000] },
};

const levelDbm0 = -19;

export class RingbackSource implements FrameSource {
  readonly #beats: readonly number[];
  readonly #generator: ToneGenerator;
  #beat = 0;
  #left: number;

  constructor(country: string) {
    const cadence = cadences[country.toLowerCase()] ?? american;
    this.#generator = new ToneGenerator(
      cadence.hz.map((hz): ToneComponent => ({ hz, levelDbm0 })),
      soundSampleRate,
    );
    this.#beats = cadence.beatsMs.map((ms) => (ms * soundSampleRate) / 1000);
    this.#left = this.#beats[0] as number;
  }

  /** Beats are whole frames, so one frame is all sound or all silence. */
  fill(pcm: Int16Array): boolean {
    if (this.#beat % 2 === 0) this.#generator.fill(pcm);
    else pcm.fill(0);
    this.#left -= pcm.length;
    if (this.#left <= 0) {
      this.#beat = (this.#beat + 1) % this.#beats.length;
      this.#left = this.#beats[this.#beat] as number;
    }
    return true;
  }
}
