/** Who belongs to whom, read from /proc: children of a process, and processes that were started on a certain folder. */
import { readdirSync, readFileSync } from 'node:fs';

export function processIds(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    // It ended meanwhile.
    return '';
  }
}

/** The process and all its descendants. */
export function treeOf(root: number): number[] {
  const parents = new Map(processIds().map((pid) => [pid, parentOf(pid)]));
  const tree = [root];
  for (let index = 0; index < tree.length; index += 1) {
    for (const [pid, parent] of parents) if (parent === tree[index]) tree.push(pid);
  }
  return tree;
}

/** Field 4 of /proc/PID/stat; the name before it may hold blanks and brackets. */
function parentOf(pid: number): number {
  const stat = read(pid, 'stat');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

/** Its command line, arguments apart by NUL; empty when it has ended. */
export function commandOf(pid: number): string {
  return read(pid, 'cmdline');
}

/** Detached processes have no parent of ours: they name the folder in their command line or environment. */
export function processesNaming(folder: string): number[] {
  return processIds().filter(
    (pid) => pid !== process.pid && (read(pid, 'cmdline').includes(folder) || read(pid, 'environ').includes(folder)),
  );
}
