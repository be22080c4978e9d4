import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics, formatPrometheus } from './index.ts';

test('counters, gauges and histograms come out as Prometheus text', () => {
  const metrics = createMetrics();
  metrics.counter('ringdown_messages_total', 'SIP messages', { transport: 'udp' }).add(3);
  metrics.counter('ringdown_messages_total', 'SIP messages', { transport: 'tcp' }).add();
  const calls = metrics.gauge('ringdown_calls', 'Calls that are up');
  calls.add(5);
  calls.add(-2);
  const delay = metrics.histogram('ringdown_setup_seconds', 'Set-up time', [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) delay.observe(value);
  assert.equal(
    formatPrometheus(metrics),
    `# HELP ringdown_messages_total SIP messages
# TYPE ringdown_messages_total counter
ringdown_messages_total{transport="udp"} 3
ringdown_messages_total{transport="tcp"} 1
# HELP ringdown_calls Calls that are up
# TYPE ringdown_calls gauge
ringdown_calls 3
# HELP ringdown_setup_seconds Set-up time
# TYPE ringdown_setup_seconds histogram
ringdown_setup_seconds_bucket{le="0.1"} 2
ringdown_setup_seconds_bucket{le="1"} 3
ringdown_setup_seconds_bucket{le="+Inf"} 4
ringdown_setup_seconds_sum 7.65
ringdown_setup_seconds_count 4
`,
  );
});

test('the same name and labels in any order are one series; a counter never goes down', () => {
  const metrics = createMetrics();
  const a = metrics.counter('x_total', 'x', { one: '1', two: '2' });
  a.add(2);
  a.add(-5);
  assert.equal(metrics.counter('x_total', 'x', { two: '2', one: '1' }), a);
  assert.equal(a.value, 2);
});

test('label values are escaped', () => {
  const metrics = createMetrics();
  metrics.gauge('g', 'line one\nline two', { name: 'a"b\\c\nd' }).set(1);
  assert.equal(formatPrometheus(metrics), '# HELP g line one\\nline two\n# TYPE g gauge\ng{name="a\\"b\\\\c\\nd"} 1\n');
});

test('handles stay valid while thousands of series are added', () => {
  const metrics = createMetrics();
  const first = metrics.counter('many_total', 'm', { i: 'first' });
  for (let i = 0; i < 5_000; i++) metrics.counter('many_total', 'm', { i: String(i) }).add(i + 1);
  first.add(7);
  assert.equal(metrics.counter('many_total', 'm', { i: 'first' }).value, 7);
  assert.equal(metrics.counter('many_total', 'm', { i: '4999' }).value, 5_000);
});

test('misuse is an error with a code', () => {
  const metrics = createMetrics();
  metrics.counter('a_total', 'a');
  const wrong = { code: 'internal.misuse' };
  assert.throws(() => metrics.gauge('a_total', 'a'), wrong);
  assert.throws(() => metrics.counter('Bad Name', 'b'), wrong);
  assert.throws(() => metrics.histogram('h', 'h', [1, 1]), wrong);
});

test('collect hooks run before each scrape', () => {
  const metrics = createMetrics();
  const gauge = metrics.gauge('heap', 'heap');
  let scrapes = 0;
  metrics.onCollect(() => gauge.set(++scrapes));
  formatPrometheus(metrics);
  assert.match(formatPrometheus(metrics), /^heap 2$/m);
});
