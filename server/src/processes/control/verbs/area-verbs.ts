/** The admin verbs over this process's services, one file per area: what the command line asks for. */
import { callVerbs } from './call-verbs.ts';
import { serverVerbs } from './server-verbs.ts';
import { traceVerbs } from './trace-verbs.ts';
import { trunkVerbs } from './trunk-verbs.ts';
import { numberVerbs, tenantVerbs, userVerbs } from './user-verbs.ts';
import type { VerbOptions } from './verb-options.ts';
import type { VerbRows } from './verb-rows.ts';

export function areaVerbs(options: VerbOptions): VerbRows {
  const { truth } = options;
  return [
    ...tenantVerbs(truth),
    ...userVerbs(truth),
    ...numberVerbs(truth),
    ...trunkVerbs(options),
    ...callVerbs(options),
    ...traceVerbs(options),
    ...serverVerbs(options),
  ];
}
