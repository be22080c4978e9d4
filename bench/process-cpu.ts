/**
 * CPU of a whole server: user and system time of every process of it and of every thread in them, read from /proc/PID/stat
 * (fields 14 and 15 count all threads, those that ended included). A process that ended between two readings would be lost, so
 * that is refused. The kernel counts in ticks of 10 ms: runs must be long enough that one tick per process does not matter.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const ticksPerSec = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

export interface CpuReading {
  readonly perProcess: ReadonlyMap<number, number>;
  readonly residentBytes: number;
}

export class LostProcessError extends Error {
  readonly code = 'bench.process-ended';
}

/** Milliseconds of CPU of each process so far. */
export function readCpu(pids: readonly number[]): CpuReading {
  const perProcess = new Map(pids.map((pid) => [pid, cpuMsOf(pid)]));
  return { perProcess, residentBytes: pids.map(residentBytesOf).reduce((a, b) => a + b, 0) };
}

/** CPU between two readings, in microseconds. Processes that are new in the second count from their start. */
export function cpuBetweenUs(before: CpuReading, after: CpuReading): number {
  let sumMs = 0;
  for (const [pid, ms] of after.perProcess) sumMs += ms - (before.perProcess.get(pid) ?? 0);
  for (const pid of before.perProcess.keys()) {
    if (!after.perProcess.has(pid)) throw new LostProcessError(`process ${pid} ended during the measurement`);
  }
  return sumMs * 1000;
}

function cpuMsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name in brackets may hold anything; field 3 follows it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSec;
}

function residentBytesOf(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(line?.[1] ?? 0) * 1024;
}
