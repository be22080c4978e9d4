/**
 * Files that import each other in a ring: Tarjan's strongly connected components. A ring of imports that are loaded can meet a
 * value before it exists; one closed by types alone cannot, but no reader can begin anywhere either. Both are breaches.
 */
import type { ImportMention } from './find-imports.ts';
import type { SourceFile } from './read-tree.ts';
import type { Breach } from './rules.ts';

export function findCycles(files: readonly SourceFile[]): Breach[] {
  const atLoad = rings(files, (kind) => kind === 'load');
  const all = rings(files, (kind) => kind !== 'later');
  const isAtLoad = (ring: readonly string[]): boolean =>
    atLoad.some((other) => other.every((path) => ring.includes(path)));
  return all.map((ring) => ({
    rule: isAtLoad(ring) ? 'load-cycle' : 'type-cycle',
    file: ring[0] ?? '',
    line: 1,
    what: ring.join(' <-> '),
  }));
}

function rings(files: readonly SourceFile[], counts: (kind: ImportMention['kind']) => boolean): string[][] {
  const edges = new Map(files.map((file) => [file.path, targetsOf(file, counts)]));
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
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
    if (ring.length > 1 || selfish) found.push(ring.sort());
  }
}

function targetsOf(file: SourceFile, counts: (kind: ImportMention['kind']) => boolean): string[] {
  return file.imports.flatMap(({ kind, target }) => (counts(kind) && target !== null ? [target] : []));
}
