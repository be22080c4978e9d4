/**
 * A new result beside the stored one: which rows have become more than a tenth worse: more, or, where more is better, less. The peer's own
 * change in the same run is told beside it: an hour in which both are slower is a noisy hour.
 */
import { median, type Result, type Row } from './result.ts';

const worseBy = 0.1;

/** A line for each row that is worse; none: nothing is. */
export function compareWithBaseline(result: Result, baseline: Result | undefined): string[] {
  if (baseline === undefined) return [`${result.name}: there is no stored result to compare with`];
  const changes = result.rows.flatMap((row): Change[] => {
    const stored = baseline.rows.find((one) => one.server === row.server && one.load === row.load);
    if (stored === undefined || stored.values.length === 0) return [];
    const ratio = median(row.values) / median(stored.values);
    return [{ row, stored, share: (row.isMoreBetter === true ? 1 / ratio : ratio) - 1 }];
  });
  if (changes.length === 0) return [`${result.name}: the stored result has no row of these loads`];
  return changes
    .filter(({ row, share }) => share > worseBy || row.values.length === 0)
    .map((change) => `${result.name}: ${tell(change, changes)}`);
}

interface Change {
  readonly row: Row;
  readonly stored: Row;
  /** 0.1: a tenth worse. NaN: not carried any more. */
  readonly share: number;
}

function tell({ row, stored, share }: Change, changes: readonly Change[]): string {
  const { server, load } = row;
  if (row.values.length === 0) return `${server}, ${load}: ${figure(stored)} -> not carried any more`;
  const others = changes.filter((one) => one.row.load === load && one.row.server !== server);
  const beside = others.map((one) => `${one.row.server} ${percent(one.share)}`);
  const text = `${server}, ${load}: ${figure(stored)} -> ${figure(row)}, ${percent(share)}`;
  return beside.length === 0 ? text : `${text} (in the same run: ${beside.join(', ')})`;
}

function figure({ values, unit }: Row): string {
  return `${median(values).toFixed(1)} ${unit} [${Math.min(...values).toFixed(1)}-${Math.max(...values).toFixed(1)}]`;
}

function percent(share: number): string {
  return `${share < 0 ? '' : '+'}${(share * 100).toFixed(1)}%`;
}
