/** The three kinds of frame. Each is one JSON object, or of the commands some as octets (told-frame.ts); unknown fields are ignored, so that fields can be added within a version. */
import type { MediaCommand, MediaResults, MediaVerb } from './command.ts';
import type { MediaError } from './error.ts';
import type { MediaEvent } from './event.ts';

/** control -> engine */
export interface CommandFrame {
  readonly t: 'command';
  /** Idempotency key: the same key again is answered with the first reply and not done twice. Kept for the last 10,000 commands. */
  readonly key: string;
  /** Fencing epoch of the control process; grows with each take-over. A lower one than the engine has seen is refused (`stale-epoch`). */
  readonly epoch: number;
  /**
   * Only a failure is answered, and the key is not remembered: nobody waits for the success of most commands, and a reply costs both sides as much
   * as the command.
   */
  readonly quiet?: boolean;
  readonly command: MediaCommand;
}

/** engine -> control. `key` is null where the frame was too broken to have one. */
export type ReplyFrame =
  | { readonly t: 'reply'; readonly key: string | null; readonly ok: true; readonly result: MediaResults[MediaVerb] }
  | {
      readonly t: 'reply';
      readonly key: string | null;
      readonly ok: false;
      readonly error: MediaError;
      /** What a quiet command was about, since nobody remembers its key. */
      readonly refused?: RefusedCommand;
    };

export interface RefusedCommand {
  readonly verb: MediaVerb;
  readonly sessionId?: string;
  readonly streamId?: string;
}

/** engine -> control, unasked. */
export interface EventFrame {
  readonly t: 'event';
  readonly event: MediaEvent;
}

export type MediaFrame = CommandFrame | ReplyFrame | EventFrame;

/** The outcome of one command as the caller sees it. */
export type MediaOutcome<V extends MediaVerb> =
  | { readonly ok: true; readonly result: MediaResults[V] }
  | { readonly ok: false; readonly error: MediaError };
