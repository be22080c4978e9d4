/**
 * A long campaign in slices, each with a seed of its own that follows from the campaign's, so that it is the same whether it runs in one go or is broken off and goes on
 * later. What is done stands in a file after each slice, and each slice has a line in a log beside it.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Finding, type FuzzReport, fuzz } from './fuzz.ts';
import type { FuzzTarget } from './target.ts';

const sliceInputs = 100_000;

export interface CampaignPlan {
  readonly seed: number;
  readonly count: number;
  readonly targets: readonly { readonly target: FuzzTarget; readonly share: number }[];
  /** What is fuzzed: a campaign begun on other code begins anew. */
  readonly stamp: string;
  /** Where progress and log are kept. */
  readonly folder: URL;
  readonly tell: (line: string) => void;
  readonly onFinding: (finding: Finding) => void;
  /** Asked before each slice; true: break off here. */
  readonly isStopping?: () => boolean;
}

export interface CampaignPart {
  readonly report: FuzzReport;
  readonly seconds: number;
}

interface Done {
  slices: number;
  inputs: number;
  slowestMs: number;
  seconds: number;
  findings: Finding[];
}

/** Undefined: broken off; the same plan goes on where it was. */
export async function runCampaign(plan: CampaignPlan): Promise<CampaignPart[] | undefined> {
  const { seed, count, targets, folder, tell } = plan;
  mkdirSync(folder, { recursive: true });
  const name = `fuzz-${seed}-${count}-${targets.map(({ target }) => target.name).join('-')}`;
  const [progress, log] = [new URL(`${name}.json`, folder), new URL(`${name}.log`, folder)];
  const say = (line: string): void => {
    tell(line);
    appendFileSync(log, `${new Date().toISOString()} ${line}\n`);
  };
  const done = readProgress(progress, plan.stamp);
  if (Object.keys(done).length > 0)
    say(`going on: ${Object.values(done).reduce((sum, { inputs }) => sum + inputs, 0)} inputs are done`);
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  for (const [at, { target, share }] of targets.entries()) {
    const wanted = Math.round((count * share) / shares);
    const part = done[target.name] ?? { slices: 0, inputs: 0, slowestMs: 0, seconds: 0, findings: [] };
    done[target.name] = part;
    while (part.inputs < wanted) {
      // A signal is heard between slices only.
      await new Promise(setImmediate);
      if (plan.isStopping?.() === true) return undefined;
      fuzzSlice(plan, target, part, {
        seed: sliceSeed(seed, at, part.slices),
        count: Math.min(sliceInputs, wanted - part.inputs),
      });
      writeFileSync(progress, JSON.stringify({ stamp: plan.stamp, done }));
      say(
        `${target.name}: ${part.inputs} of ${wanted} inputs in ${part.seconds.toFixed(1)} s, ${part.findings.length} findings`,
      );
    }
  }
  rmSync(progress, { force: true });
  return targets.map(({ target }) => {
    const { inputs, slowestMs, findings, seconds } = done[target.name] as Done;
    return { report: { target: target.name, inputs, slowestMs, findings }, seconds };
  });
}

function fuzzSlice(
  plan: CampaignPlan,
  target: FuzzTarget,
  part: Done,
  slice: { readonly seed: number; readonly count: number },
): void {
  const startMs = performance.now();
  const report = fuzz(target, slice);
  part.seconds += (performance.now() - startMs) / 1_000;
  part.slices += 1;
  // A slice that was broken off for its findings counts for what it was to do: the next begins elsewhere.
  part.inputs += slice.count;
  part.slowestMs = Math.max(part.slowestMs, report.slowestMs);
  for (const finding of report.findings) {
    if (part.findings.some(({ why }) => why === finding.why)) continue;
    part.findings.push(finding);
    plan.onFinding(finding);
  }
}

/** Neighbours are far apart. */
export function sliceSeed(seed: number, target: number, slice: number): number {
  return (Math.imul(seed, 0x85eb_ca6b) ^ Math.imul(target + 1, 0xc2b2_ae35) ^ Math.imul(slice + 1, 0x27d4_eb2f)) | 0;
}

function readProgress(file: URL, stamp: string): Record<string, Done> {
  if (!existsSync(file)) return {};
  const kept = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly stamp: string;
    readonly done: Record<string, Done>;
  };
  return kept.stamp === stamp ? kept.done : {};
}
