/** Reads the prompts from the package's folder and renders the music, into shared memory that all packet threads play from. */
import { readdirSync, readFileSync } from 'node:fs';
import { decodeWav, renderMusic } from '@ringdown/rtc/audio';
import { type Sounds, soundSampleRate } from '../thread/sounds.ts';

/** The same place seen from src/program and from dist/program. */
const promptFolder = new URL('../../prompts/', import.meta.url);

/** What cannot be read is left out and named. */
export function loadSounds(onProblem: (file: string, problem: string) => void): Sounds {
  const prompts = new Map<string, Int16Array>();
  for (const file of readdirSync(promptFolder).filter((name) => name.endsWith('.wav'))) {
    const sound = decodeWav(readFileSync(new URL(file, promptFolder)));
    if (!sound.ok) onProblem(file, sound.problem);
    else if (sound.sampleRate !== soundSampleRate) onProblem(file, `${sound.sampleRate} Hz`);
    else prompts.set(file.slice(0, -'.wav'.length), shared(sound.pcm));
  }
  return { prompts, music: shared(renderMusic(soundSampleRate)) };
}

function shared(pcm: Int16Array): Int16Array {
  const copy = new Int16Array(new SharedArrayBuffer(pcm.byteLength));
  copy.set(pcm);
  return copy;
}
