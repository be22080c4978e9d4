/**
 * `node bench/profile.ts calls|register [--rate 500] [--seconds 10] [--cpu-prof DIR]`: where the CPU of a call or a registration goes, by process and
 * thread; with --cpu-prof also a V8 profile of each thread (which costs some itself), read by `node bench/read-profile.ts FILE`.
 */
import { resolve } from 'node:path';
import { readArguments } from './bench-settings.ts';
import { prepareCallLoad } from './calls.ts';
import { prepareRegisterLoad } from './register.ts';
import { startRingdownSide } from './sides.ts';
import { warmUp } from './signalling-load.ts';
import { readThreads, threadsBetween } from './thread-cpu.ts';

const { settings, names, cpuProf: profiles } = readArguments();
const rate = settings.rates[0] ?? 500;
if (process.env.PROFILE_NODE_OPTIONS !== undefined) process.env.NODE_OPTIONS = process.env.PROFILE_NODE_OPTIONS;
if (profiles !== undefined) process.env.NODE_OPTIONS = `--cpu-prof --cpu-prof-dir=${resolve(profiles)}`;
const side = await startRingdownSide(settings);
delete process.env.NODE_OPTIONS;
try {
  const load = await (names[0] === 'register' ? prepareRegisterLoad : prepareCallLoad)(settings, side);
  await warmUp(load);
  const before = readThreads(side.pids());
  const units = rate * settings.seconds;
  const counts = await load(units, rate);
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
