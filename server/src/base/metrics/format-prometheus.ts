/** Metrics as Prometheus text, exposition format 0.0.4: HELP, TYPE, one line per series; histograms cumulated with +Inf, _sum, _count. */
import { Histogram } from './instruments.ts';
import type { Labels, MetricFamily, Metrics } from './registry.ts';

/** For the Content-Type header of the answer. */
export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';

export function formatPrometheus(metrics: Metrics): string {
  const lines: string[] = [];
  for (const family of metrics.families()) formatFamily(family, lines);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function formatFamily(family: MetricFamily, lines: string[]): void {
  lines.push(`# HELP ${family.name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`);
  lines.push(`# TYPE ${family.name} ${family.kind}`);
  for (const { labels, instrument } of family.series.values()) {
    if (instrument instanceof Histogram) formatHistogram(family.name, labels, instrument, lines);
    else lines.push(`${family.name}${formatLabels(labels)} ${formatNumber(instrument.value)}`);
  }
}

function formatHistogram(name: string, labels: Labels, histogram: Histogram, lines: string[]): void {
  let total = 0;
  for (let i = 0; i <= histogram.bounds.length; i++) {
    total += histogram.countIn(i);
    const le = i < histogram.bounds.length ? formatNumber(histogram.bounds[i] ?? 0) : '+Inf';
    lines.push(`${name}_bucket${formatLabels({ ...labels, le })} ${total}`);
  }
  lines.push(`${name}_sum${formatLabels(labels)} ${formatNumber(histogram.sum)}`);
  lines.push(`${name}_count${formatLabels(labels)} ${total}`);
}

function formatLabels(labels: Labels): string {
  const parts = Object.entries(labels).map(([key, value]) => `${key}="${escapeValue(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}
