/** The server on one core, the load on the other: so "calls on one core" means what it says, and neither is moved to where the other works. */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** By the kernel's numbers. With one core alone both share it. */
export const core = { server: 0, load: Math.min(1, availableParallelism() - 1) } as const;

/** Binds all threads of these processes, and those that they will start. */
export function bindTo(one: number, pids: readonly number[]): void {
  for (const pid of pids) execFileSync('taskset', ['-a', '-c', '-p', String(one), String(pid)], { stdio: 'ignore' });
}
