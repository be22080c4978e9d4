/** What players play from, decoded: 8 kHz PCM, made once by the program and shared by its threads. */
export interface Sounds {
  readonly prompts: ReadonlyMap<string, Int16Array>;
  readonly music: Int16Array;
}

export const soundSampleRate = 8000;
