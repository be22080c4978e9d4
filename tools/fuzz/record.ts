/** What a whole fuzz campaign did, kept under bench/results with its seed, its count and the commit it ran on, so that anybody can repeat it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { CampaignPart } from './campaign.ts';

export function recordCampaign(seed: number, parts: readonly CampaignPart[]): void {
  const folder = new URL('../../bench/results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const record = {
    name: 'fuzz',
    seed,
    commit: commitOfTree(),
    inputs: parts.reduce((sum, { report }) => sum + report.inputs, 0),
    findings: parts.reduce((sum, { report }) => sum + report.findings.length, 0),
    parts: parts.map(({ report, seconds }) => ({
      target: report.target,
      inputs: report.inputs,
      findings: report.findings.length,
      seconds: Math.round(seconds),
      slowestMs: Math.round(report.slowestMs * 10) / 10,
    })),
    node: process.version,
    measuredAt: new Date().toISOString(),
  };
  writeFileSync(new URL('fuzz.json', folder), `${JSON.stringify(record, null, 2)}\n`);
}

/** `abc1234`, or `abc1234 with changes` when the tree is not what was committed. */
export function commitOfTree(): string {
  const git = (...args: string[]): string => execFileSync('git', args, { encoding: 'utf8' }).trim();
  const changed = git('status', '--porcelain', '--', 'packages', 'tools') !== '';
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
}
