/** One number of GET /metrics, by its name with labels as Prometheus writes them. */
import { expect } from './wait.ts';

export async function readMetric(httpPort: number, series: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${httpPort}/metrics`);
  const line = (await answer.text()).split('\n').find((one) => one.startsWith(`${series} `));
  expect(line !== undefined, `the metrics have no ${series}`);
  return Number(line?.slice(series.length + 1));
}
