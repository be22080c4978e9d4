/**
 * Which tone is in a recording, at what level, and how pure: what sound tests assert on. A Hann-windowed single-bin DFT (Goertzel) over a
 * grid, then a finer search round its peak. For seconds of audio in tests, not for a packet path.
 */
import { dbm0OfPeak } from './level.ts';

export interface ToneMeasurement {
  readonly hz: number;
  readonly dbm0: number;
  /** The tone's power over all the rest, in dB: clicks, gaps and wrong codecs pull it down. G.711 alone leaves about 37. */
  readonly snrDb: number;
}

export function measureTone(pcm: Int16Array, sampleRate = 8000): ToneMeasurement {
  if (pcm.length < 64) return { hz: 0, dbm0: -Infinity, snrDb: -Infinity };
  const step = sampleRate / pcm.length;
  let bestHz = step;
  let best = 0;
  for (let hz = step; hz < sampleRate / 2; hz += step) {
    const power = goertzelPower(pcm, hz, sampleRate);
    if (power > best) {
      best = power;
      bestHz = hz;
    }
  }
  const hz = refine(pcm, sampleRate, { low: bestHz - step, high: bestHz + step });
  const peak = Math.sqrt(goertzelPower(pcm, hz, sampleRate));
  return { hz, dbm0: dbm0OfPeak(peak), snrDb: snr(pcm, peak) };
}

/** Square of the peak of the component at `hz`, Hann-windowed. */
export function goertzelPower(pcm: Int16Array, hz: number, sampleRate: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * hz) / sampleRate);
  const turn = (2 * Math.PI) / pcm.length;
  let before = 0;
  let last = 0;
  for (let index = 0; index < pcm.length; index++) {
    const window = 0.5 - 0.5 * Math.cos(turn * index);
    const next = window * (pcm[index] as number) + coefficient * last - before;
    before = last;
    last = next;
  }
  const squared = last * last + before * before - coefficient * last * before;
  // The window halves the sum; a sine's energy is split between two bins.
  return Math.max(0, squared) * (4 / pcm.length) ** 2;
}

/** The window's main lobe has one peak: thirds until it is pinned to a hundredth of a hertz. */
function refine(pcm: Int16Array, sampleRate: number, range: { low: number; high: number }): number {
  let { low, high } = range;
  while (high - low > 0.01) {
    const third = (high - low) / 3;
    if (goertzelPower(pcm, low + third, sampleRate) < goertzelPower(pcm, high - third, sampleRate)) low += third;
    else high -= third;
  }
  return (low + high) / 2;
}

function snr(pcm: Int16Array, peak: number): number {
  let energy = 0;
  for (let index = 0; index < pcm.length; index++) energy += (pcm[index] as number) ** 2;
  const tone = peak ** 2 / 2;
  const rest = Math.max(energy / pcm.length - tone, tone * 1e-9, 1e-9);
  return 10 * Math.log10(tone / rest);
}
