/** What is read when a monitor asks, rather than kept: calls, bindings, transactions, trunks, media processes, the process itself. */
import type { Metrics } from '#base/metrics';
import type { EventLoopDelay } from './event-loop-delay.ts';
import type { Telephony } from './telephony.ts';
import type { Truth } from './truth.ts';

export interface CollectOptions {
  readonly metrics: Metrics;
  readonly truth: Truth;
  readonly telephony: Telephony;
  readonly delay: EventLoopDelay;
}

const phases = ['routing', 'opening', 'dialing', 'up', 'ending'] as const;

export function collectMetrics({ metrics, truth, telephony, delay }: CollectOptions): void {
  const gauge = metrics.gauge.bind(metrics);
  const calls = phases.map(
    (phase) => [phase, gauge('ringdown_calls', 'calls at present, by phase', { phase })] as const,
  );
  const legs = gauge('ringdown_legs', 'legs of the calls at present');
  const bindings = gauge('ringdown_bindings', 'registered contacts');
  const client = gauge('ringdown_sip_transactions', 'SIP transactions that are kept', { role: 'client' });
  const server = gauge('ringdown_sip_transactions', 'SIP transactions that are kept', { role: 'server' });
  const rejected = metrics.counter('ringdown_sip_overload_rejected_total', 'requests answered 503 for want of room');
  const dropped = metrics.counter('ringdown_sip_overload_dropped_total', 'datagrams dropped: to refuse was too much');
  const exceeded = metrics.counter(
    'ringdown_sip_rate_exceeded_total',
    'messages above what one address may send: datagrams dropped, streams not read further for a while',
  );
  const admitted = gauge('ringdown_sip_admitted_share', 'what part of new requests is let in, 0 to 1');
  const connections = gauge('ringdown_sip_connections', 'stream connections');
  const turn = gauge('ringdown_longest_turn_seconds', 'longest turn of signalling since the last reading');
  const loop = (quantile: string) =>
    gauge('ringdown_event_loop_delay_seconds', 'how late the event loop came round since the last reading', {
      quantile,
    });
  const [p50, p99, longest] = [loop('0.5'), loop('0.99'), loop('1')];
  const cpu = metrics.counter('ringdown_process_cpu_seconds_total', 'processor time of the control process');
  const memory = gauge('ringdown_process_resident_memory_bytes', 'resident memory of the control process');
  metrics.onCollect(() => {
    const all = [...telephony.engine.calls()];
    for (const [phase, series] of calls) series.set(all.filter((call) => call.phase === phase).length);
    legs.set(all.reduce((sum, call) => sum + call.legs.filter((leg) => leg.phase !== 'ended').length, 0));
    bindings.set(truth.registrar.bindingCount);
    const { counts } = telephony.stack.transactions;
    client.set(counts.client);
    server.set(counts.server);
    rejected.add(counts.rejected - rejected.value);
    connections.set(telephony.stack.transport.connectionCount);
    const driven = telephony.stack.driver.readCounts();
    turn.set(driven.longestTurnMs / 1000);
    exceeded.add(telephony.stack.transport.exceededCount - exceeded.value);
    dropped.add(driven.dropped - dropped.value);
    admitted.set(telephony.overload?.share ?? 1);
    const late = delay.read(true);
    p50.set(late.p50Ms / 1000);
    p99.set(late.p99Ms / 1000);
    longest.set(late.maxMs / 1000);
    const { user, system } = process.cpuUsage();
    cpu.add((user + system) / 1e6 - cpu.value);
    memory.set(process.memoryUsage.rss());
    for (const { name, isUp } of telephony.trunkStates())
      gauge('ringdown_trunk_up', 'whether a trunk can be called: 1, 0', { trunk: name }).set(isUp ? 1 : 0);
    for (const [index, { isReachable, sessions }] of telephony.media.loads().entries()) {
      const labels = { engine: String(index) };
      gauge('ringdown_media_up', 'whether a media process is reachable: 1, 0', labels).set(isReachable ? 1 : 0);
      gauge('ringdown_media_sessions', 'calls whose media a process carries', labels).set(sessions);
    }
    gauge('ringdown_sip_datagrams', 'how SIP datagrams are sent and received, by its label', {
      by: 'system-calls',
    }).set(telephony.datagrams.by === 'system-calls' ? 1 : 0);
    for (const [index, hello] of telephony.media.hellos().entries()) {
      if (hello === null) continue;
      const labels = { engine: String(index), io: hello.ioKind };
      gauge('ringdown_media_io', 'how a media process sends and receives packets, by its label', labels).set(1);
    }
  });
}
