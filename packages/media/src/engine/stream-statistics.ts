/** Reads the figures of a stream from the region: what `stats`, `quality` and the end of a session tell. */
import { cumulativeLost, estimateMos, expectedPackets, interarrivalJitter, receiveState } from '@ringdown/rtc/rtp';
import type { DirectionStatistics, StreamStatistics } from '../protocol/statistics.ts';
import { field, type Region } from '../region/layout.ts';
import type { EngineStream } from './session-table.ts';

/** Mouth to ear beyond what is seen: packetisation and both ends' sound cards, as a plain assumption. */
const fixedDelayMs = 40;

export interface StatisticsContext {
  readonly region: Region;
  /** Monotonic time plus this is UTC. */
  readonly utcOffsetMs: number;
}

/** @param overAll loss since the beginning; otherwise since `stream.prior`. */
export function readStatistics(stream: EngineStream, context: StatisticsContext, overAll: boolean): StreamStatistics {
  const { region } = context;
  const { words } = region;
  const base = region.baseOf(stream.record);
  const rate = words[base + field.CLOCK_RATE] as number;
  const roundTripMs = region.double(base, field.ROUND_TRIP_MS);
  const delayMs = fixedDelayMs + (roundTripMs > 0 ? roundTripMs / 2 : 0);
  const codec = stream.codecs[0]?.name ?? '';
  const received = readReceived(region, base, { prior: overAll ? { expected: 0, received: 0 } : stream.prior, rate });
  const sent = readSent(region, base, { rate, overAll });
  return {
    streamId: stream.spec.streamId,
    received: withMos(received, codec, delayMs),
    sent: { ...withMos(sent, codec, delayMs), ...(words[base + field.REPORTED] === 1 ? {} : { mos: null }) },
    roundTripMs: roundTripMs < 0 ? null : rounded(roundTripMs),
    refused: words[base + field.REFUSED] as number,
    dropped: words[base + field.DROPPED] as number,
    firstRtpAtUtcMs: utcOf(region.double(base, field.RX_FIRST_MS), context),
    lastRtpAtUtcMs: utcOf(region.double(base, field.RX_LAST_MS), context),
  };
}

type Figures = Omit<DirectionStatistics, 'mos'>;

function readReceived(
  region: Region,
  base: number,
  since: { prior: { expected: number; received: number }; rate: number },
): Figures {
  const { words } = region;
  const totals = receivedTotals(region, base);
  const expected = totals.expected - since.prior.expected;
  const missing = expected - (totals.received - since.prior.received);
  return {
    packets: totals.received,
    octets: region.double(base, field.RX_OCTETS),
    lost: totals.expected - totals.received,
    lossPercent: expected <= 0 ? 0 : rounded((100 * Math.max(0, missing)) / expected),
    jitterMs: rounded((interarrivalJitter(words, base + field.RX_STATE) * 1000) / since.rate),
  };
}

/** Over all sources the stream has had. */
export function receivedTotals(region: Region, base: number): { expected: number; received: number } {
  const { words } = region;
  const state = base + field.RX_STATE;
  const before = words[base + field.RX_PACKETS_BEFORE] as number;
  const now = words[state + receiveState.RECEIVED] as number;
  const lost = (words[base + field.RX_LOST_BEFORE] as number) + cumulativeLost(words, state);
  return expectedPackets(words, state) === 0
    ? { expected: before, received: before }
    : { expected: before + now + lost, received: before + now };
}

function readSent(region: Region, base: number, { rate, overAll }: { rate: number; overAll: boolean }): Figures {
  const { words } = region;
  const packets = words[base + field.TX_PACKETS] as number;
  const lost = words[base + field.REPORTED_LOST] as number;
  const fraction = (words[base + field.REPORTED_FRACTION] as number) / 256;
  const share = overAll ? (packets === 0 ? 0 : Math.max(0, lost) / packets) : fraction;
  return {
    packets,
    octets: region.double(base, field.TX_OCTETS),
    lost,
    lossPercent: rounded(100 * share),
    jitterMs: rounded((((words[base + field.REPORTED_JITTER] as number) >>> 0) * 1000) / rate),
  };
}

function withMos(figures: Figures, codec: string, delayMs: number): DirectionStatistics {
  const mos = figures.packets === 0 ? null : estimateMos(codec, figures.lossPercent, delayMs + 2 * figures.jitterMs);
  return { ...figures, mos: mos === null ? null : rounded(mos) };
}

function utcOf(monotonicMs: number, context: StatisticsContext): number | null {
  return monotonicMs === 0 ? null : Math.round(monotonicMs + context.utcOffsetMs);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
