/** Sound without IO: G.711, tones, DTMF, measuring, WAV, music, spoken numbers. */
export * from './dtmf-tone.ts';
export * from './g711.ts';
export * from './level.ts';
export * from './measure-tone.ts';
export * from './music.ts';
export * from './speak.ts';
export * from './tone.ts';
export * from './wav.ts';
