/** `node bench/read-profile.ts FILE.cpuprofile [count]`: self time by function and by file, and time within the functions of ours, of a V8 profile. */
import { readFileSync } from 'node:fs';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const [file = '', count = '40'] = process.argv.slice(2);
const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
const selfUs = new Map<number, number>();
for (const [index, id] of profile.samples.entries())
  selfUs.set(id, (selfUs.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0));
const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
const idle = new Set(['(idle)', '(root)', '(program)']);

function nameOf({ callFrame }: ProfileNode): string {
  const place = callFrame.url.replace(/^.*\/(?=(packages|server|node_modules)\/)/, '').replace(/^file:\/\//, '');
  return `${callFrame.functionName || '(anonymous)'} ${place}${place === '' ? '' : `:${callFrame.lineNumber + 1}`}`;
}

const self = new Map<string, number>();
const files = new Map<string, number>();
const within = new Map<string, number>();
let busyUs = 0;

function add(to: Map<string, number>, key: string, us: number): void {
  to.set(key, (to.get(key) ?? 0) + us);
}

/** Recursion counts once. */
function walk(id: number, above: ReadonlySet<string>): number {
  const node = nodes.get(id);
  if (node === undefined) return 0;
  const own = selfUs.get(id) ?? 0;
  const name = nameOf(node);
  if (!idle.has(node.callFrame.functionName)) {
    busyUs += own;
    add(self, name, own);
    add(
      files,
      node.callFrame.url.replace(/^.*\/(?=(packages|server|node_modules)\/)/, '') || node.callFrame.functionName,
      own,
    );
  }
  const inner = new Set(above).add(name);
  let total = own;
  for (const child of node.children ?? []) total += walk(child, inner);
  if (!above.has(name)) add(within, name, total);
  return total;
}

walk(profile.nodes[0]?.id ?? 0, new Set());
for (const [title, found] of [
  ['self', self],
  ['files', files],
  ['within', within],
] as const) {
  console.log(`\n${title}, of ${(busyUs / 1000).toFixed(0)} ms busy`);
  const sorted = [...found].sort((a, b) => b[1] - a[1]).slice(0, Number(count));
  for (const [name, us] of sorted)
    console.log(`${((us * 100) / busyUs).toFixed(1).padStart(6)}%  ${(us / 1000).toFixed(0).padStart(6)} ms  ${name}`);
}
