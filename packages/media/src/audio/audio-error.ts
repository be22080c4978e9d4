/** What goes wrong with a program's own audio. */

export type AudioErrorCode =
  /** The other side's description is none that can be read, has no audio, or none in G.711. */
  | 'audio_no_common_codec'
  /** The marker never came back: nothing is heard, or it is no echo. */
  | 'audio_no_echo';

export class AudioError extends Error {
  readonly code: AudioErrorCode;
  constructor(code: AudioErrorCode, message: string) {
    super(message);
    this.name = 'AudioError';
    this.code = code;
  }
}
