/** The admin verbs over this process's services, one file per area: what the command line asks for. */
import type { Telephony } from '../telephony.ts';
import type { Truth } from '../truth.ts';
import { callVerbs } from './call-verbs.ts';
import { trunkVerbs } from './trunk-verbs.ts';
import { userVerbs } from './user-verbs.ts';
import type { VerbRows } from './verb-rows.ts';

export interface VerbOptions {
  readonly truth: Truth;
  readonly telephony: Telephony;
}

export function areaVerbs({ truth, telephony }: VerbOptions): VerbRows {
  return [...userVerbs(truth), ...trunkVerbs(truth), ...callVerbs(telephony)];
}
