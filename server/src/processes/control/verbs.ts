/** The admin verbs of every area, over this process's services. */
import type { AdminVerb } from '#faces/admin-socket';
import type { Telephony } from './telephony.ts';
import type { Truth } from './truth.ts';

export interface VerbOptions {
  readonly truth: Truth;
  readonly telephony: Telephony;
}

export function areaVerbs(_options: VerbOptions): [string, AdminVerb][] {
  return [];
}
