/**
 * `node bench/profile.ts calls|register [--rate 500] [--seconds 10] [--cpu-prof DIR]`: where the CPU of a call or a registration goes, by process and
 * thread; with --cpu-prof also a V8 profile of each thread (which costs some itself), read by `node bench/read-profile.ts FILE`.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Ports } from '../interop/peers/ports.ts';
import type { BenchSettings } from './bench-settings.ts';
import { type Load, prepareCallLoad } from './calls.ts';
import { prepareRegisterLoad } from './register.ts';
import { startRingdownSide } from './sides.ts';
import { readThreads, threadsBetween } from './thread-cpu.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    rate: { type: 'string', default: '500' },
    'cpu-prof': { type: 'string' },
  },
});
const folder = join(fileURLToPath(new URL('.', import.meta.url)), 'out', String(process.pid));
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const settings: BenchSettings = {
  ports: new Ports(),
  folder,
  runs: 1,
  seconds: Number(values.seconds),
  rate: Number(values.rate),
  relayCalls: 0,
  peerOnly: false,
};
const profiles = values['cpu-prof'];
if (process.env.PROFILE_NODE_OPTIONS !== undefined) process.env.NODE_OPTIONS = process.env.PROFILE_NODE_OPTIONS;
if (profiles !== undefined) process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${resolve(profiles)}`;
const side = await startRingdownSide(settings);
delete process.env.NODE_OPTIONS;
try {
  const load: Load = await (positionals[0] === 'register' ? prepareRegisterLoad : prepareCallLoad)(settings, side);
  await load(settings.rate);
  const before = readThreads(side.pids());
  const units = settings.rate * settings.seconds;
  const counts = await load(units);
  const threads = threadsBetween(before, readThreads(side.pids()), units);
  let sum = 0;
  for (const { name, userUs, systemUs } of threads) {
    sum += userUs + systemUs;
    if (userUs + systemUs >= 1)
      console.log(
        `${name.padEnd(28)} user ${userUs.toFixed(0).padStart(6)}  system ${systemUs.toFixed(0).padStart(6)} us`,
      );
  }
  console.log(
    `${'all'.padEnd(28)} ${sum.toFixed(0)} us each; failed ${counts.failed}, retransmissions ${counts.retransmissions}`,
  );
} finally {
  await side.stop();
}
