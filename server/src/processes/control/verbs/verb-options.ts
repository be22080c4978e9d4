/** What the admin verbs of this process stand on. */
import type { TimeSource } from '#base/clock';
import type { BootstrapConfig } from '#base/config';
import type { Trace } from '#services/trace';
import type { Places } from '../../places.ts';
import type { EventLoopDelay } from '../event-loop-delay.ts';
import type { Telephony } from '../telephony.ts';
import type { Truth } from '../truth.ts';

export interface VerbOptions {
  readonly config: BootstrapConfig;
  readonly places: Places;
  readonly time: TimeSource;
  readonly delay: EventLoopDelay;
  readonly truth: Truth;
  readonly telephony: Telephony;
  /** Null: messages are not kept. */
  readonly trace: Trace | null;
}
