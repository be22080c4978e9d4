/**
 * The measure of a tone: which frequency, how loud, in how much of the recording, and where it is missing. Levels are those
 * of a sine's RMS against a full-scale sine (dBFS, AES17); on a G.711 link 0 dBm0 is 3.17 dB below full scale (mu-law) and
 * 3.14 dB (A-law), ITU-T G.711.
 */
import { type Sound, writeWav } from './wav.ts';

export interface ToneMeasure {
  /** Of the loudest window's spectrum peak, interpolated. */
  readonly frequencyHz: number;
  /** Median over the windows in which the tone is present. */
  readonly levelDbfs: number;
  readonly levelDbm0: number;
  /** Windows with the tone, of all windows, 0 to 1. */
  readonly share: number;
  readonly lengthMs: number;
  /** From the first to the last window with the tone. */
  readonly presentMs: number;
  /** Stretches of 60 ms and more without it between the first and the last window with it. */
  readonly gaps: readonly { readonly atMs: number; readonly lengthMs: number }[];
}

const windowMs = 20;
const gapMs = 60;
/** A window has the tone when at least this share of its energy is at the frequency and it is above the floor. */
const purity = 0.8;
const floorDbfs = -50;
const mulawDbm0 = 3.17;

export function makeTone(
  frequencyHz: number,
  options: { lengthSec: number; levelDbfs?: number; rateHz?: number },
): Sound {
  const { lengthSec, levelDbfs = -10, rateHz = 8000 } = options;
  const peak = 10 ** (levelDbfs / 20);
  const samples = new Float32Array(Math.round(lengthSec * rateHz));
  for (let index = 0; index < samples.length; index += 1) {
    samples[index] = peak * Math.sin((2 * Math.PI * frequencyHz * index) / rateHz);
  }
  return { rateHz, samples };
}

export function writeTone(
  file: string,
  frequencyHz: number,
  options: { lengthSec: number; levelDbfs?: number; rateHz?: number },
): void {
  writeWav(file, makeTone(frequencyHz, options));
}

export function measureTone(sound: Sound, expectedHz?: number): ToneMeasure {
  const { rateHz, samples } = sound;
  const size = Math.round((rateHz * windowMs) / 1000);
  const windows = Math.floor(samples.length / size);
  const frequencyHz = dominantFrequency(sound);
  const wantedHz = expectedHz ?? frequencyHz;
  const levels: number[] = [];
  const present: boolean[] = [];
  for (let index = 0; index < windows; index += 1) {
    const part = samples.subarray(index * size, (index + 1) * size);
    const energy = meanSquare(part);
    const tone = tonePower(part, wantedHz, rateHz);
    const dbfs = 10 * Math.log10(2 * tone + 1e-12);
    const has = dbfs > floorDbfs && tone >= purity * energy;
    present.push(has);
    if (has) levels.push(dbfs);
  }
  const levelDbfs = median(levels);
  const [first, last] = [present.indexOf(true), present.lastIndexOf(true)];
  return {
    frequencyHz,
    levelDbfs,
    levelDbm0: levelDbfs + mulawDbm0,
    share: windows === 0 ? 0 : levels.length / windows,
    lengthMs: (samples.length / rateHz) * 1000,
    presentMs: first < 0 ? 0 : (last - first + 1) * windowMs,
    gaps: first < 0 ? [] : gapsIn(present.slice(first, last + 1), first),
  };
}

function gapsIn(present: readonly boolean[], first: number): { atMs: number; lengthMs: number }[] {
  const gaps: { atMs: number; lengthMs: number }[] = [];
  let start = -1;
  present.forEach((has, index) => {
    if (!has && start < 0) start = index;
    if (!has || start < 0) return;
    const lengthMs = (index - start) * windowMs;
    if (lengthMs >= gapMs) gaps.push({ atMs: (first + start) * windowMs, lengthMs });
    start = -1;
  });
  return gaps;
}

/** RMS of the whole or a part, dBFS. */
export function levelOf(samples: Float32Array): number {
  return 10 * Math.log10(2 * meanSquare(samples) + 1e-12);
}

function meanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return samples.length === 0 ? 0 : sum / samples.length;
}

/** Least-squares power of a sine of this frequency in a short window (exact for any number of periods). */
function tonePower(samples: Float32Array, frequencyHz: number, rateHz: number): number {
  const step = (2 * Math.PI * frequencyHz) / rateHz;
  let [cc, ss, cs, xc, xs] = [0, 0, 0, 0, 0];
  for (let index = 0; index < samples.length; index += 1) {
    const [cos, sin, value] = [Math.cos(step * index), Math.sin(step * index), samples[index] ?? 0];
    cc += cos * cos;
    ss += sin * sin;
    cs += cos * sin;
    xc += value * cos;
    xs += value * sin;
  }
  const determinant = cc * ss - cs * cs;
  if (Math.abs(determinant) < 1e-9) return 0;
  const a = (xc * ss - xs * cs) / determinant;
  const b = (xs * cc - xc * cs) / determinant;
  return (a * a + b * b) / 2;
}

/** The strongest frequency of the loudest half second: coarse over 50 ms, then finer around the best. */
function dominantFrequency({ rateHz, samples }: Sound): number {
  const size = Math.min(samples.length, Math.round(rateHz / 2));
  if (size < rateHz / 50) return 0;
  let [best, loudest] = [0, -1];
  for (let at = 0; at + size <= samples.length; at += Math.max(1, Math.floor(size / 4))) {
    const energy = meanSquare(samples.subarray(at, at + size));
    if (energy > loudest) [best, loudest] = [at, energy];
  }
  const part = samples.subarray(best, best + size);
  if (loudest < 1e-8) return 0;
  const short = part.subarray(0, Math.round(rateHz / 20));
  const coarse = strongest(short, rateHz, { from: 60, to: rateHz / 2 - 60, step: 10 });
  const near = strongest(part, rateHz, { from: coarse - 12, to: coarse + 12, step: 1 });
  return strongest(part, rateHz, { from: near - 1, to: near + 1, step: 0.1 });
}

function strongest(samples: Float32Array, rateHz: number, range: { from: number; to: number; step: number }): number {
  let [found, power] = [0, -1];
  for (let hz = range.from; hz <= range.to; hz += range.step) {
    const now = tonePower(samples, hz, rateHz);
    if (now > power) [found, power] = [hz, now];
  }
  return found;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NEGATIVE_INFINITY;
}
