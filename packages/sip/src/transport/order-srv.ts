/** SRV records in the order in which to try them: by priority, and by chance in proportion to weight among equals (RFC 2782). */
import type { Random } from '../clock/random.ts';
import type { SrvRecord } from './dns.ts';

export function orderSrv(records: readonly SrvRecord[], random: Random): SrvRecord[] {
  const byPriority = records.toSorted((one, other) => one.priority - other.priority);
  const ordered: SrvRecord[] = [];
  let from = 0;
  while (from < byPriority.length) {
    const { priority } = byPriority[from] as SrvRecord;
    let to = from;
    while (byPriority[to]?.priority === priority) to++;
    drawInto(ordered, byPriority.slice(from, to), random);
    from = to;
  }
  return ordered;
}

/** Draws one after the other; those of weight 0 stand first in line, so that they have a small chance only (RFC 2782). */
function drawInto(ordered: SrvRecord[], equals: SrvRecord[], random: Random): void {
  const left = equals.toSorted((one, other) => Math.sign(one.weight) - Math.sign(other.weight));
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + weight, 0);
    let draw = random.integer(total + 1);
    let at = 0;
    while (at < left.length - 1 && draw > (left[at] as SrvRecord).weight) {
      draw -= (left[at] as SrvRecord).weight;
      at++;
    }
    ordered.push(...left.splice(at, 1));
  }
}
