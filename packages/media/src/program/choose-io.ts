/** Which packet I/O this machine takes: the best that works, or `node:dgram`, which always does. */
import { blockingKinds } from '../io/blocking-io.ts';
import type { ChosenIo, IoSetting } from './io-kind.ts';
import { probeIo } from './probe-io.ts';

/** Resolves always; what does not work is said in `why`. @param probe tries one of them */
export async function chooseIo(setting: IoSetting, probe: typeof probeIo = probeIo): Promise<ChosenIo> {
  const why: string[] = [];
  for (const kind of blockingKinds) {
    if (setting !== 'auto' && setting !== kind) continue;
    const outcome = await probe(kind);
    if (outcome.verdict === 'works') return { kind, why: why.length === 0 ? null : why.join('; ') };
    why.push(`${kind}: ${outcome.why}`);
  }
  return { kind: 'dgram', why: why.length === 0 ? null : why.join('; ') };
}
