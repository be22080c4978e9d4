/** #base/metrics: counters, gauges and histograms in typed arrays, and their Prometheus text. */
export { formatPrometheus, prometheusContentType } from './format-prometheus.ts';
export type { Counter, Gauge, Histogram } from './instruments.ts';
export { createMetrics, type Labels, type MetricFamily, type MetricKind, type Metrics } from './registry.ts';
