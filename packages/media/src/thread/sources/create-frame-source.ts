/** Makes the source of what is to be played: one file per kind beside this one. */
import type { PlaySource } from '../../protocol/play-source.ts';
import type { Sounds } from '../sounds.ts';
import { ClipSource } from './clip-source.ts';
import type { FrameSource } from './frame-source.ts';
import { RingbackSource } from './ringback-source.ts';
import { SilenceSource } from './silence-source.ts';
import { spokenTime } from './spoken-time.ts';
import { ToneSource } from './tone-source.ts';

export interface SourceContext {
  readonly sounds: Sounds;
  readonly loop: boolean;
  utcMs(): number;
}

/** Prompt names have been checked by the main thread; one that is missing all the same is skipped. */
export function createFrameSource(source: PlaySource, context: SourceContext): FrameSource {
  switch (source.kind) {
    case 'tone':
      return new ToneSource([{ hz: source.hz, levelDbm0: source.levelDbm0 }]);
    case 'ringback':
      return new RingbackSource(source.country);
    case 'silence':
      return new SilenceSource();
    case 'music':
      return new ClipSource(() => [context.sounds.music], context.loop);
    case 'prompt':
      return new ClipSource(() => clips(context.sounds, source.names), context.loop);
    case 'clock':
      return new ClipSource(
        () => clips(context.sounds, spokenTime(context.utcMs(), source.utcOffsetMin)),
        context.loop,
      );
  }
}

function clips(sounds: Sounds, names: readonly string[]): Int16Array[] {
  return names.flatMap((name) => sounds.prompts.get(name) ?? []);
}
