/** Watches the clocks for a moment, and asks the system whether the wall clock is kept right. */
import { execFile } from 'node:child_process';
import type { ClockReading } from './check-clock.ts';

const watchMs = 200;

export async function readClock(): Promise<ClockReading> {
  const before = { wall: Date.now(), monotonic: performance.now() };
  const isSynchronized = await askSystem();
  const rest = watchMs - (performance.now() - before.monotonic);
  await new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, rest));
  });
  const utcMs = Date.now();
  return { utcMs, driftMs: utcMs - before.wall - (performance.now() - before.monotonic), isSynchronized };
}

function askSystem(): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    execFile('timedatectl', ['show', '-p', 'NTPSynchronized', '--value'], { timeout: 2000 }, (error, stdout) => {
      resolve(error !== null ? undefined : stdout.trim() === 'yes' ? true : stdout.trim() === 'no' ? false : undefined);
    });
  });
}
