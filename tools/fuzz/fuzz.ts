/**
 * The fuzzer: seeded mutations, every input timed. Broken invariants, thrown errors and slow inputs are findings. No coverage guidance:
 * the corpus is rich, the mutations know the grammar's seams.
 */
import { mutate } from './mutate.ts';
import { SeededRandom } from './seeded-random.ts';
import type { FuzzTarget } from './target.ts';

export interface Finding {
  readonly target: string;
  readonly input: string;
  readonly why: string;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly count: number;
  /** An input that takes longer, thrice, is a finding. Default 50. */
  readonly slowMs?: number;
  /** The heap may grow by so much. Default 400 MB. */
  readonly heapBytes?: number;
  /** Findings after which it stops. Default 20. */
  readonly maxFindings?: number;
}

export interface FuzzReport {
  readonly target: string;
  readonly inputs: number;
  readonly slowestMs: number;
  readonly findings: readonly Finding[];
}

export function fuzz(target: FuzzTarget, options: FuzzOptions): FuzzReport {
  const { seed, count, slowMs = 50, heapBytes = 400_000_000, maxFindings = 20 } = options;
  const random = new SeededRandom(seed);
  const findings: Finding[] = [];
  const seen = new Set<string>();
  const heapAtStart = process.memoryUsage().heapUsed;
  let slowestMs = 0;
  let inputs = 0;
  for (; inputs < count && findings.length < maxFindings; inputs++) {
    const input = mutate(random.pick(target.corpus), random.pick(target.corpus), random);
    const outcome = tryInput(target, input, slowMs);
    slowestMs = Math.max(slowestMs, outcome.tookMs);
    if (outcome.why !== null && !seen.has(outcome.why)) {
      seen.add(outcome.why);
      findings.push({ target: target.name, input, why: outcome.why });
    }
    if (inputs % 20_000 === 19_999 && process.memoryUsage().heapUsed - heapAtStart > heapBytes) {
      findings.push({ target: target.name, input, why: 'memory grows without bound' });
      break;
    }
  }
  return { target: target.name, inputs, slowestMs, findings };
}

/** Runs one input. Null: all is well. The chunking of streams follows from the input itself, so that a crasher replays. */
export function tryInput(
  target: FuzzTarget,
  input: string,
  slowMs: number,
): { readonly why: string | null; readonly tookMs: number } {
  let tookMs = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    // By the clock, which costs nothing; again by the processor's time, for a pause of the machine is not the parser's: the quickest of three counts.
    const nowMs = attempt === 0 ? () => performance.now() : threadMs;
    const startMs = nowMs();
    try {
      target.check(input, new SeededRandom(input.length));
    } catch (error) {
      return { why: describe(error), tookMs: nowMs() - startMs };
    }
    tookMs = Math.min(tookMs, nowMs() - startMs);
    if (tookMs <= slowMs) return { why: null, tookMs };
  }
  return { why: `slow: more than ${slowMs} ms`, tookMs };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = error.name === 'BrokenInvariantError' ? '' : ` ${error.stack?.split('\n')[1]?.trim() ?? ''}`;
  return `${error.name}: ${error.message.split('\n')[0] ?? ''}${place}`;
}
