/** What the admin verbs of this process stand on. */
import type { Trace } from '#services/trace';
import type { Telephony } from '../telephony.ts';
import type { Truth } from '../truth.ts';

export interface VerbOptions {
  readonly truth: Truth;
  readonly telephony: Telephony;
  /** Null: messages are not kept. */
  readonly trace: Trace | null;
}
