/** Files that import each other in a ring, types included: Tarjan's strongly connected components. */
import type { SourceFile } from './read-tree.ts';
import type { Breach } from './rules.ts';

export function findCycles(files: readonly SourceFile[]): Breach[] {
  const edges = new Map(files.map((file) => [file.path, targetsOf(file)]));
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: Breach[] = [];
  for (const path of edges.keys()) if (!order.has(path)) visit(path);
  return found;

  function visit(path: string): void {
    order.set(path, order.size);
    low.set(path, order.size - 1);
    stack.push(path);
    for (const next of edges.get(path) ?? []) {
      if (!edges.has(next)) continue;
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(path, Math.min(low.get(path) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(path) !== order.get(path)) return;
    const ring = stack.splice(stack.indexOf(path));
    const selfish = ring.length === 1 && (edges.get(path) ?? []).includes(path);
    if (ring.length > 1 || selfish) found.push({ rule: 'cycle', file: path, line: 1, what: ring.sort().join(' <-> ') });
  }
}

/** What is started or asked for later closes no ring. */
function targetsOf(file: SourceFile): string[] {
  return file.imports.flatMap(({ kind, target }) => (kind === 'later' || target === null ? [] : [target]));
}
