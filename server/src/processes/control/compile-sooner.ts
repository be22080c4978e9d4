/**
 * When V8 optimises: a function after 400 calls of it, where it waits for 3,000, and as soon as 200 after it last learned something about what it handles, not 500. Most functions here run a few times with each
 * call, so that at 500 calls a second they would be slow code for the first ten seconds, and its compiler busy for a minute (docs/adr/0026).
 */
import { setFlagsFromString } from 'node:v8';

/** Older ones know these by other names, or not at all, and would say so on standard error. */
const leastVersion = 14;

/** At the start of the process, before anything is optimised. */
export function compileSooner(): void {
  if (Number.parseInt(process.versions.v8, 10) < leastVersion) return;
  setFlagsFromString('--invocation-count-for-turbofan=400');
  setFlagsFromString('--minimum-invocations-after-ic-update=200');
}
