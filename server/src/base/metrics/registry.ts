/**
 * The metrics of one process by name and labels. Handles are taken once and kept by whoever counts; labels are resolved then,
 * never per count. `collect` hooks run before a scrape for what is cheaper to read than to keep (heap, sockets, delays).
 */
import { misuse } from '../errors/index.ts';
import { createCellStore } from './cells.ts';
import { Counter, Gauge, Histogram } from './instruments.ts';

export type MetricKind = 'counter' | 'gauge' | 'histogram';
export type Labels = Readonly<Record<string, string>>;

export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly kind: MetricKind;
  readonly series: Map<string, { readonly labels: Labels; readonly instrument: Counter | Gauge | Histogram }>;
}

export interface Metrics {
  /** Name in Prometheus's manner: `ringdown_calls_total`; the same name and labels give the same handle. */
  counter(name: string, help: string, labels?: Labels): Counter;
  gauge(name: string, help: string, labels?: Labels): Gauge;
  histogram(name: string, help: string, bounds: readonly number[], labels?: Labels): Histogram;
  /** Runs before each scrape. */
  onCollect(hook: () => void): void;
  /** All families, after the hooks ran. */
  families(): Iterable<MetricFamily>;
}

const namePattern = /^[a-z][a-z0-9_]*$/;
const maxSeriesPerFamily = 10_000;

export function createMetrics(): Metrics {
  const cells = createCellStore();
  const families = new Map<string, MetricFamily>();
  const hooks: (() => void)[] = [];

  function take<T extends Counter | Gauge | Histogram>(spec: {
    name: string;
    help: string;
    kind: MetricKind;
    labels: Labels;
    make: () => T;
  }): T {
    let family = families.get(spec.name);
    if (!family) {
      if (!namePattern.test(spec.name)) throw misuse(`"${spec.name}" is no metric name`);
      family = { name: spec.name, help: spec.help, kind: spec.kind, series: new Map() };
      families.set(spec.name, family);
    }
    if (family.kind !== spec.kind) throw misuse(`metric ${spec.name} is a ${family.kind}, not a ${spec.kind}`);
    const key = JSON.stringify(Object.entries(spec.labels).sort(([a], [b]) => (a < b ? -1 : 1)));
    const known = family.series.get(key);
    if (known) return known.instrument as T;
    if (family.series.size >= maxSeriesPerFamily) throw misuse(`metric ${spec.name} has too many label values`);
    const instrument = spec.make();
    family.series.set(key, { labels: spec.labels, instrument });
    return instrument;
  }

  return {
    counter: (name, help, labels = {}) =>
      take({ name, help, kind: 'counter', labels, make: () => new Counter(cells.take(1)) }),
    gauge: (name, help, labels = {}) =>
      take({ name, help, kind: 'gauge', labels, make: () => new Gauge(cells.take(1)) }),
    histogram(name, help, bounds, labels = {}) {
      if (bounds.some((bound, i) => i > 0 && bound <= (bounds[i - 1] ?? 0)))
        throw misuse(`bounds of ${name} must grow`);
      const make = () => new Histogram(cells.take(bounds.length + 2), bounds);
      return take({ name, help, kind: 'histogram', labels, make });
    },
    onCollect: (hook) => void hooks.push(hook),
    families() {
      for (const hook of hooks) hook();
      return families.values();
    },
  };
}
