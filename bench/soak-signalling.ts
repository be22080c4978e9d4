/**
 * Many calls one after the other through a server in its default configuration, signalling only (media direct), at a constant rate. Between quarters of them the same state,
 * at rest and after a forced collection of garbage, is read: resident memory of all processes, and the heap of the control process. The verdict is by the slope of a line
 * through the readings: what a call leaves behind, times the calls, within a twentieth of what was there. With --record the result goes to bench/results/soak-signalling.json.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ports } from '../interop/peers/ports.ts';
import { CallGenerator } from './call-generator.ts';
import { cpuBetweenUs, readCpu } from './process-cpu.ts';
import { type Memory, MemoryReader, readableOptions } from './process-memory.ts';
import { startSignallingSide } from './sides.ts';

export interface SignallingSoak {
  readonly calls: number;
  /** A second. */
  readonly rate: number;
  readonly isRecorded: boolean;
}

interface Reading {
  readonly calls: number;
  readonly memory: Memory;
}

const quarters = 4;
/** Until all bounded memory is full and the compiler has done its work; a tenth of a shorter soak. */
const settleCalls = 60_000;
/** The callee registers for 600 s, and a reading takes its time. */
const registeredSec = 450;
/** Of what was there first: the same state read twice differs by as much. */
const mostGrowth = 0.05;

/** True: every call went well, and nothing grew. */
export async function soakSignalling({ calls, rate, isRecorded }: SignallingSoak): Promise<boolean> {
  const folder = join(fileURLToPath(new URL('.', import.meta.url)), 'out', `soak-signalling-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const ports = new Ports();
  process.env.NODE_OPTIONS = readableOptions(undefined);
  const side = await startSignallingSide({ ports, folder });
  delete process.env.NODE_OPTIONS;
  const [callerPort, calleePort] = [await ports.take('sip'), await ports.take('sip')];
  const { number, registerAgain } = await side.prepareCalls(callerPort, calleePort);
  const reader = new MemoryReader(side.server);
  const pidsAtStart = side.pids();
  const readings: Reading[] = [];
  const counts = { calls: 0, failedCalls: 0, refusedCalls: 0 };
  let cpuUs = 0;
  const makeSome = async (wanted: number): Promise<void> => {
    await registerAgain?.();
    const generator = new CallGenerator({ callerPort, calleePort, serverPort: side.port, number });
    await generator.open();
    const before = readCpu(pidsAtStart);
    const { offered, good, refused } = await generator.offer(rate, wanted / rate);
    cpuUs += cpuBetweenUs(before, readCpu(side.pids()));
    generator.close();
    counts.calls += offered;
    counts.refusedCalls += refused;
    counts.failedCalls += offered - good - refused;
  };
  const make = async (wanted: number): Promise<void> => {
    const most = rate * registeredSec;
    for (let left = wanted; left > 0; left -= most) await makeSome(Math.min(left, most));
  };
  await make(Math.min(settleCalls, Math.round(calls / 10)));
  for (let quarter = 0; quarter <= quarters; quarter += 1) {
    if (quarter > 0) await make(Math.round(calls / quarters));
    readings.push({ calls: counts.calls, memory: await reader.read() });
    tell(readings.at(-1) as Reading, counts);
  }
  const processesReplaced = pidsAtStart.filter((pid) => !side.pids().includes(pid)).length;
  await side.stop();
  const slopes = {
    residentBytesPerCall: slopeOf(readings, ({ residentBytes }) => residentBytes),
    controlHeapBytesPerCall: slopeOf(readings, ({ controlHeapBytes }) => controlHeapBytes),
  };
  const isFlat =
    slopes.residentBytesPerCall * calls < mostGrowth * (readings[0]?.memory.residentBytes ?? 0) &&
    slopes.controlHeapBytesPerCall * calls < mostGrowth * (readings[0]?.memory.controlHeapBytes ?? 0);
  const isClean = isFlat && counts.failedCalls + counts.refusedCalls + processesReplaced === 0;
  const cpuUsPerCall = Math.round(cpuUs / counts.calls);
  const record = { rate, ...counts, processesReplaced, cpuUsPerCall, ...slopes, isFlat, isClean, readings };
  const text = JSON.stringify({ ...record, measuredAt: new Date().toISOString() }, null, 2);
  console.log(text);
  if (isRecorded) writeFileSync(new URL('results/soak-signalling.json', import.meta.url), `${text}\n`);
  if (isClean) rmSync(folder, { recursive: true, force: true });
  return isClean;
}

/** Of the straight line that lies nearest to the readings (least squares), to a tenth. */
function slopeOf(readings: readonly Reading[], of: (memory: Memory) => number): number {
  const points = readings.map(({ calls, memory }) => [calls, of(memory)] as const);
  const mean = (at: 0 | 1): number => points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const over = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const under = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return Math.round((10 * over) / under) / 10;
}

function tell({ calls, memory }: Reading, counts: object): void {
  const mb = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const { residentBytes, controlHeapBytes, controlBufferBytes } = memory;
  const held = `resident ${mb(residentBytes)}, heap of control ${mb(controlHeapBytes)}, its buffers ${mb(controlBufferBytes)}`;
  console.log(`after ${calls} calls: ${held}; ${JSON.stringify(counts)}`);
}
