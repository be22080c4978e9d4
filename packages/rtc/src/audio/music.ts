/**
 * Music on hold without a licence question: an own melody, four bars twice over soft chords, played by decaying sines. 25.6 s that loop.
 */
import { peakOfDbm0 } from './level.ts';

const beatSec = 0.4;

/** [semitones above A3, beats]; null is a rest. In D major, calm. */
const melody: readonly (readonly [semitone: number | null, beats: number])[] = [
  [5, 2],
  [9, 1],
  [12, 1],
  [14, 2],
  [12, 2],
  [10, 1],
  [9, 1],
  [7, 2],
  [5, 3],
  [null, 1],
  [7, 2],
  [10, 1],
  [14, 1],
  [17, 2],
  [14, 2],
  [12, 1],
  [10, 1],
  [9, 2],
  [7, 3],
  [null, 1],
  [5, 2],
  [9, 1],
  [12, 1],
  [14, 2],
  [17, 2],
  [19, 1],
  [17, 1],
  [14, 2],
  [12, 3],
  [null, 1],
  [10, 2],
  [14, 1],
  [12, 1],
  [9, 2],
  [7, 2],
  [9, 1],
  [7, 1],
  [5, 4],
  [null, 2],
];

/** Chords of eight beats: semitones above A3. */
const chords: readonly (readonly number[])[] = [
  [-7, -3, 0],
  [-2, 2, 5],
  [-5, -2, 2],
  [0, 4, 7],
  [-7, -3, 0],
  [-2, 2, 5],
  [-5, -2, 2],
  [-7, -3, 0],
];

interface Note {
  readonly semitone: number;
  readonly startSec: number;
  readonly lengthSec: number;
  readonly levelDbm0: number;
}

/** The whole loop. About 25 ms of work at 8 kHz: for a program's start, not for a packet thread's turn. */
export function renderMusic(sampleRate: number): Int16Array {
  const totalBeats = chords.length * 8;
  const mix = new Float64Array(Math.round(totalBeats * beatSec * sampleRate));
  for (const note of notes()) addNote(mix, note, sampleRate);
  const music = new Int16Array(mix.length);
  // Not Int16Array.from: it takes an iterator, and makes an object of each sample.
  for (let at = 0; at < mix.length; at++)
    music[at] = Math.max(-32_768, Math.min(32_767, Math.round(mix[at] as number)));
  return music;
}

function notes(): Note[] {
  const all: Note[] = [];
  let beat = 0;
  for (const [semitone, beats] of melody) {
    if (semitone !== null)
      all.push({ semitone: semitone + 12, startSec: beat * beatSec, lengthSec: beats * beatSec, levelDbm0: -17 });
    beat += beats;
  }
  for (const [index, chord] of chords.entries()) {
    for (const [voice, semitone] of chord.entries()) {
      const startSec = (index * 8 + voice) * beatSec;
      all.push({ semitone, startSec, lengthSec: (8 - voice) * beatSec, levelDbm0: -27 });
    }
  }
  return all;
}

/** A sine with a second harmonic, a soft attack, a decay, and silence at its very end. */
function addNote(mix: Float64Array, note: Note, sampleRate: number): void {
  const hz = 220 * 2 ** (note.semitone / 12);
  const first = Math.round(note.startSec * sampleRate);
  const count = Math.min(Math.round(note.lengthSec * sampleRate), mix.length - first);
  const peak = peakOfDbm0(note.levelDbm0);
  const step = (2 * Math.PI * hz) / sampleRate;
  const attack = 0.012 * sampleRate;
  const release = 0.04 * sampleRate;
  for (let index = 0; index < count; index++) {
    const envelope = Math.min(1, index / attack, (count - index) / release) * Math.exp(-index / (0.9 * sampleRate));
    const at = first + index;
    mix[at] = (mix[at] as number) + peak * envelope * (Math.sin(step * index) + 0.3 * Math.sin(2 * step * index));
  }
}
