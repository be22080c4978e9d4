/** Turns what happens on the packet path into events for the main thread; the path itself only knows bases. */
import { formatAddress, portOf } from '../io/address.ts';
import { field, type Region } from '../region/layout.ts';
import type { DtmfListener } from './dtmf-receiver.ts';
import { verdict } from './latch.ts';
import type { PacketFacts } from './packet-facts.ts';
import type { StreamEvent, ThreadEvent } from './thread-message.ts';

/** One event a second tells of refused packets, however many there are: a flood must not become a flood of events. */
const refusedEveryMs = 1000;

export class StreamTelling implements DtmfListener {
  readonly #region: Region;
  readonly #tell: (event: ThreadEvent) => void;

  constructor(region: Region, tell: (event: ThreadEvent) => void) {
    this.#region = region;
    this.#tell = tell;
  }

  latched(base: number, component: 'rtp' | 'rtcp', how: number): void {
    const words = this.#region.words;
    const at = base + (component === 'rtp' ? field.LATCHED_RTP : field.LATCHED_RTCP);
    this.#tell({
      type: 'latched',
      ...this.#name(base),
      component,
      address: formatAddress(words, at),
      port: portOf(words, at),
      ssrc: (words[base + field.RX_SSRC] as number) >>> 0,
      why: how === verdict.FIRST ? 'first' : how === verdict.MOVED ? 'moved' : 'relock',
    });
  }

  refused(base: number, source: Int32Array, packet: PacketFacts): void {
    const words = this.#region.words;
    words[base + field.REFUSED] = (words[base + field.REFUSED] as number) + 1;
    const untold = (words[base + field.REFUSED_UNTOLD] as number) + 1;
    words[base + field.REFUSED_UNTOLD] = untold;
    const toldMs = this.#region.double(base, field.REFUSED_TOLD_MS);
    if (toldMs !== 0 && packet.nowMs - toldMs < refusedEveryMs) return;
    this.#region.setDouble(base, field.REFUSED_TOLD_MS, packet.nowMs);
    words[base + field.REFUSED_UNTOLD] = 0;
    this.#tell({
      type: 'refused',
      ...this.#name(base),
      address: formatAddress(source, 0),
      port: portOf(source, 0),
      ssrc: packet.ssrc >>> 0,
      packets: untold,
    });
  }

  timedOut(base: number, silentMs: number): void {
    this.#tell({ type: 'timeout', ...this.#name(base), silentMs: Math.round(silentMs) });
  }

  onDigit(base: number, digit: string, durationMs: number): void {
    this.#tell({ type: 'dtmf', ...this.#name(base), digit, durationMs });
  }

  playEnded(base: number, playId: string, reason: 'finished' | 'stopped' | 'replaced'): void {
    this.#tell({ type: 'playEnded', ...this.#name(base), playId, reason });
  }

  #name(base: number): Pick<StreamEvent, 'record' | 'generation'> {
    return { record: this.#region.recordOf(base), generation: this.#region.words[base + field.GENERATION] as number };
  }
}
