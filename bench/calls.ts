/** Calls through the server: INVITE 100 180 200 ACK BYE 200 from SIPp to SIPp, at a constant rate; CPU of the server per call. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Sipp } from '../interop/peers/sipp.ts';
import { expect } from '../interop/peers/wait.ts';
import type { BenchSettings } from './bench-settings.ts';
import type { Result } from './result.ts';
import { type Side, startKamailioSide, startSignallingSide } from './sides.ts';
import { type Load, type Loaded, percentile } from './signalling-load.ts';
import { firstLine, signallingRows } from './signalling-rows.ts';

interface CallLoad {
  readonly target: string;
  readonly number: string;
  readonly callerPort: number;
  readonly calleePort: number;
  readonly rate: number;
  readonly calls: number;
  readonly graceMs?: number | undefined;
}

let loads = 0;

async function load(settings: BenchSettings, options: CallLoad): Promise<Loaded> {
  loads += 1;
  const folder = join(settings.folder, `load-${loads}`);
  mkdirSync(folder, { recursive: true });
  const { ports } = settings;
  const { calls, rate, graceMs } = options;
  const callee = await Sipp.start({
    name: 'callee',
    folder,
    ports,
    port: options.calleePort,
    scenario: 'plainAnswer',
    calls,
  });
  const caller = await Sipp.start({
    name: 'caller',
    folder,
    ports,
    port: options.callerPort,
    scenario: 'plainCall',
    target: options.target,
    users: [`+4930999;;${options.number};127.0.0.1`],
    calls,
    perSecond: rate,
    args: ['-d', '0', '-trace_rtt', '-rtt_freq', '100'],
  });
  try {
    if (graceMs !== undefined) {
      const counts = await caller.finishWithin((calls / rate) * 1000 + graceMs);
      await callee.finishWithin(2_000);
      return { ...counts, setUpMs: caller.responseTimesMs() };
    }
    const counts = await caller.finish((calls / rate) * 1000 + 40_000);
    expect(counts.successful === calls, `${counts.successful} of ${calls} calls went well`);
    // The caller is done when its BYE is answered; the callee's BYE comes a moment later, and would disturb the next load.
    const answered = await callee.finish(10_000);
    expect(answered.successful === calls, `the callee saw ${answered.successful} of ${calls} calls to their end`);
    return { ...counts, setUpMs: caller.responseTimesMs() };
  } finally {
    await caller.stop();
    await callee.stop();
  }
}

export async function prepareCallLoad(settings: BenchSettings, side: Side): Promise<Load> {
  const [callerPort, calleePort] = [await settings.ports.take('sip'), await settings.ports.take('sip')];
  const { number } = await side.prepareCalls(callerPort, calleePort);
  const common = { target: `127.0.0.1:${side.port}`, number, callerPort, calleePort };
  return (calls, rate, graceMs) => load(settings, { ...common, calls, rate, graceMs });
}

/** SIPp to SIPp at twice the highest rate: were it the limit, it would show here. Where it does not carry that, at the rate itself. */
export async function generatorAlone(settings: BenchSettings): Promise<Record<string, number | string>> {
  const highest = Math.max(...settings.rates);
  try {
    return await aloneAt(settings, highest * 2);
  } catch (error) {
    return { ...(await aloneAt(settings, highest)), [`at ${highest * 2}/s`]: firstLine(error) };
  }
}

async function aloneAt(settings: BenchSettings, rate: number): Promise<Record<string, number>> {
  const [callerPort, calleePort] = [await settings.ports.take('sip'), await settings.ports.take('sip')];
  const calls = rate * Math.min(settings.seconds, 5);
  const target = `127.0.0.1:${calleePort}`;
  const counts = await load(settings, { target, number: '1', callerPort, calleePort, rate, calls });
  const { successful, failed, retransmissions, setUpMs } = counts;
  const p99 = percentile(setUpMs, 99);
  return { 'calls/s': rate, calls: successful, failed, retransmissions, 'set-up p99 in ms': p99 };
}

export async function benchCalls(settings: BenchSettings): Promise<Result> {
  const generator = await generatorAlone(settings);
  const rows = await signallingRows(settings, {
    prepare: prepareCallLoad,
    startPeer: (one) => startKamailioSide(one, { digest: false }),
    more: [startSignallingSide],
    describe: (rate) => `${rate} calls/s, ${settings.seconds} s`,
  });
  return { name: 'calls', title: 'Calls, CPU of the server per call', rows, generator };
}
