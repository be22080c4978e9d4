/**
 * How long sound takes to the far end and back: a chirp is said, and looked for in what is heard by correlation, so it is the sound that is measured and
 * not the packets. The far end must be an echo.
 */
import { AudioError } from './audio-error.ts';
import type { AudioSocket, HeardFrame } from './audio-socket.ts';

export interface RoundTripOptions {
  /** How many chirps. Default 5. */
  readonly times?: number;
  /** How long each is waited for. Default 2000. */
  readonly withinMs?: number;
}

export interface RoundTrip {
  /** Milliseconds from the moment a sample leaves to the moment it is back. */
  readonly medianMs: number;
  readonly valuesMs: readonly number[];
}

const samplesPerMs = 8;
const chirpSamples = 640;
const chirp = makeChirp();
/** Of 1: how alike the chirp and what is heard must be. Noise stays below 0.2. */
const likeness = 0.6;

/** @throws AudioError `audio_no_echo`, when a chirp does not come back in time. */
export async function measureRoundTrip(audio: AudioSocket, options: RoundTripOptions = {}): Promise<RoundTrip> {
  const { times = 5, withinMs = 2000 } = options;
  await untilHeard(audio, withinMs);
  const valuesMs: number[] = [];
  for (let time = 0; time < times; time++) valuesMs.push(await measureOnce(audio, withinMs));
  const sorted = valuesMs.toSorted((a, b) => a - b);
  return { medianMs: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN, valuesMs };
}

/** The first packets may be lost until every side has learnt where the other is (RFC 4961): nothing is said before something was heard. */
async function untilHeard(audio: AudioSocket, withinMs: number): Promise<void> {
  const before = audio.onFrame;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  audio.onFrame = (frame) => {
    before(frame);
    resolve(true);
  };
  const timeOut = setTimeout(() => resolve(false), withinMs);
  const isHeard = await promise;
  clearTimeout(timeOut);
  audio.onFrame = before;
  if (!isHeard) throw new AudioError('audio_no_echo', `nothing was heard within ${withinMs} ms`);
}

async function measureOnce(audio: AudioSocket, withinMs: number): Promise<number> {
  const heard: HeardFrame[] = [];
  const before = audio.onFrame;
  const { promise: back, resolve } = Promise.withResolvers<number>();
  audio.onFrame = (frame) => {
    before(frame);
    heard.push(frame);
    const atMs = findChirp(heard);
    if (atMs !== undefined) resolve(atMs);
  };
  const timeOut = setTimeout(() => resolve(Number.NaN), withinMs);
  try {
    const left = audio.say(chirp);
    const backMs = await back;
    if (Number.isNaN(backMs)) throw new AudioError('audio_no_echo', `no echo within ${withinMs} ms`);
    return backMs - (await left);
  } finally {
    clearTimeout(timeOut);
    audio.onFrame = before;
  }
}

/** When the chirp's first sample was heard; undefined: not yet. Exported for its test. */
export function findChirp(heard: readonly HeardFrame[]): number | undefined {
  const length = heard.reduce((sum, { pcm }) => sum + pcm.length, 0);
  const newest = heard.at(-1)?.pcm.length ?? 0;
  // Only what the newest frame has completed was not looked at before.
  const from = Math.max(0, length - newest - chirpSamples + 1);
  if (length < chirpSamples) return undefined;
  const pcm = new Int16Array(length);
  let at = 0;
  for (const frame of heard) {
    pcm.set(frame.pcm, at);
    at += frame.pcm.length;
  }
  let best = { likeness: 0, at: -1 };
  for (let start = from; start + chirpSamples <= length; start++) {
    const found = likenessAt(pcm, start);
    if (found > best.likeness) best = { likeness: found, at: start };
  }
  return best.likeness < likeness ? undefined : timeOf(heard, best.at);
}

/** Normalised correlation of the chirp with what begins at `start`, 0 to 1. */
function likenessAt(pcm: Int16Array, start: number): number {
  let product = 0;
  let energy = 0;
  let own = 0;
  for (let index = 0; index < chirpSamples; index++) {
    const sample = pcm[start + index] as number;
    const expected = chirp[index] as number;
    product += sample * expected;
    energy += sample * sample;
    own += expected * expected;
  }
  return energy === 0 ? 0 : product / Math.sqrt(energy * own);
}

/** A frame's first sample counts as heard when its packet is read, the others as long after it as they are played. */
function timeOf(heard: readonly HeardFrame[], sample: number): number | undefined {
  let before = 0;
  for (const { pcm, atMs } of heard) {
    if (sample < before + pcm.length) return atMs + (sample - before) / samplesPerMs;
    before += pcm.length;
  }
  return undefined;
}

/** 80 ms from 500 to 2500 Hz, faded in and out: like nothing else, and well within what G.711 carries. */
function makeChirp(): Int16Array {
  const pcm = new Int16Array(chirpSamples);
  const seconds = chirpSamples / 8000;
  for (let index = 0; index < chirpSamples; index++) {
    const t = index / 8000;
    const fade = Math.sin((Math.PI * index) / chirpSamples);
    pcm[index] = Math.round(12_000 * fade * Math.sin(2 * Math.PI * (500 * t + (1000 / seconds) * t * t)));
  }
  return pcm;
}
