/**
 * What becomes of calls when more come than the server can do: goodput and the slowest hundredth of the answers, over the offered load, with overload control and
 * without. One server per side takes all loads in turn, the least first; the generator runs beside it on the same machine, so capacity is that of both.
 */
import type { BenchSettings } from './bench-settings.ts';
import { CallGenerator } from './call-generator.ts';
import type { Result, Row } from './result.ts';
import { startSignallingSide } from './sides.ts';
import { firstLine } from './signalling-rows.ts';

const sides = [
  { name: 'ringdown', moreConfig: [] },
  { name: 'without overload control', moreConfig: ['limits: {overload: false}'] },
] as const;
const warmUp = { rate: 250, seconds: 12 } as const;

export async function benchOverload(settings: BenchSettings): Promise<Result> {
  const rows: Row[] = [];
  for (const side of sides) {
    const found = new Map<number, { goodput: number; p99Ms: number; refused: number; offered: number }[]>();
    for (let run = 0; run < settings.runs; run++) await measure(settings, side, found);
    for (const [rate, all] of found) {
      const last = all.at(-1);
      rows.push({
        server: side.name,
        load: `${rate} calls/s offered, ${settings.seconds} s`,
        at: rate,
        unit: 'ms, p99 of the answers',
        values: all.map(({ p99Ms }) => p99Ms),
        counted: {
          'done per second': Math.round(last?.goodput ?? 0),
          'told 503': last?.refused ?? 0,
          'of calls': last?.offered ?? 0,
        },
        also: { goodput: all.map(({ goodput }) => goodput) },
      });
    }
  }
  return { name: 'overload', title: 'Calls beyond capacity', rows, generator: {} };
}

async function measure(
  settings: BenchSettings,
  { moreConfig }: (typeof sides)[number],
  found: Map<number, { goodput: number; p99Ms: number; refused: number; offered: number }[]>,
): Promise<void> {
  const server = await startSignallingSide(settings, moreConfig);
  const [callerPort, calleePort] = [await settings.ports.take('sip'), await settings.ports.take('sip')];
  const { number } = await server.prepareCalls(callerPort, calleePort);
  const generator = new CallGenerator({ callerPort, calleePort, serverPort: server.port, number });
  try {
    await generator.open();
    await generator.offer(warmUp.rate, warmUp.seconds);
    for (const rate of settings.rates) {
      const { offered, good, refused, answerMs } = await generator.offer(rate, settings.seconds);
      const p99Ms = answerMs[Math.floor(answerMs.length * 0.99)] ?? 0;
      const all = found.get(rate) ?? [];
      all.push({ goodput: good / settings.seconds, p99Ms, refused, offered });
      found.set(rate, all);
      console.log(`${rate}/s: ${good} of ${offered} done, ${refused} refused, p99 ${p99Ms.toFixed(0)} ms`);
    }
  } finally {
    generator.close();
    await server.stop().catch((error: unknown) => console.log(firstLine(error)));
  }
}
