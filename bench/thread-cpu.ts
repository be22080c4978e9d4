/** CPU of each thread of some processes, user and system apart, from /proc/PID/task: which part of a server the work is in. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const ticksPerSec = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

export interface ThreadCpu {
  /** What the process is, as its command line names it, and the thread's own name. */
  readonly name: string;
  readonly userMs: number;
  readonly systemMs: number;
}

/** By `pid/tid`. */
export function readThreads(pids: readonly number[]): ReadonlyMap<string, ThreadCpu> {
  const found = new Map<string, ThreadCpu>();
  for (const pid of pids) {
    const role = roleOf(pid);
    for (const tid of readdirSync(`/proc/${pid}/task`)) {
      const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, 'latin1');
      const end = stat.lastIndexOf(')');
      const fields = stat.slice(end + 2).split(' ');
      const toMs = (field: number) => (Number(fields[field]) * 1000) / ticksPerSec;
      const own = tid === String(pid) ? 'main' : stat.slice(stat.indexOf('(') + 1, end);
      found.set(`${pid}/${tid}`, { name: `${role} ${own}`, userMs: toMs(11), systemMs: toMs(12) });
    }
  }
  return found;
}

/** What each thread used between two readings, divided by `units`, in microseconds; threads of one name together. */
export function threadsBetween(
  before: ReadonlyMap<string, ThreadCpu>,
  after: ReadonlyMap<string, ThreadCpu>,
  units: number,
): { name: string; userUs: number; systemUs: number }[] {
  const sums = new Map<string, { userUs: number; systemUs: number }>();
  for (const [key, { name, userMs, systemMs }] of after) {
    const first = before.get(key) ?? { userMs: 0, systemMs: 0 };
    const sum = sums.get(name) ?? { userUs: 0, systemUs: 0 };
    sum.userUs += ((userMs - first.userMs) * 1000) / units;
    sum.systemUs += ((systemMs - first.systemMs) * 1000) / units;
    sums.set(name, sum);
  }
  return [...sums]
    .map(([name, sum]) => ({ name, ...sum }))
    .sort((a, b) => b.userUs + b.systemUs - a.userUs - a.systemUs);
}

export function roleOf(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
  return /(supervisor|control|media)/.exec(words.slice(1).reverse().join(' '))?.[1] ?? String(pid);
}
