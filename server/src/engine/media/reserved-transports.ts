/**
 * Transports of one media engine that are held in advance, so that a call's streams have their ports at once and nobody waits for the engine's answer. What is
 * used is asked for again; a kind of stream that was not seen before is asked of the engine in the ordinary way, and reserved from then on.
 */
import type { LocalStream, ReservedTransport, StreamSpec } from '@ringdown/media/protocol';

/** What streams must agree in to use each other's transports. */
type TransportKind = Pick<StreamSpec, 'address' | 'dscp'>;

/** A stream with its transport: what the engine is told, and what it would have answered. */
export interface PlacedStream {
  readonly spec: StreamSpec;
  readonly local: LocalStream;
}

/** At 500 calls a second these last for 60 ms. */
const lowest = 64;

interface Pool {
  readonly kind: TransportKind;
  /** By place in the engine. */
  readonly byPlace: Map<number, ReservedTransport[]>;
  count: number;
  isAsked: boolean;
}

type AskForTransports = (
  kind: TransportKind,
  count: number,
  onReserved: (transports: readonly ReservedTransport[]) => void,
) => void;

export class ReservedTransports {
  readonly #ask: AskForTransports;
  readonly #pools = new Map<string, Pool>();

  constructor(ask: AskForTransports) {
    this.#ask = ask;
  }

  /** A transport for each, all at one place in the engine; null where they are not there. */
  place(specs: readonly StreamSpec[]): PlacedStream[] | null {
    const wanted = specs.map((spec) => ({ spec, pool: this.#poolOf(spec) }));
    const placed = placeAll(wanted);
    for (const { pool } of wanted) this.#fill(pool);
    return placed;
  }

  #poolOf({ address, dscp }: StreamSpec): Pool {
    const name = `${dscp ?? ''}|${address ?? ''}`;
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const kind = { ...(address === undefined ? {} : { address }), ...(dscp === undefined ? {} : { dscp }) };
    const pool: Pool = { kind, byPlace: new Map(), count: 0, isAsked: false };
    this.#pools.set(name, pool);
    return pool;
  }

  #fill(pool: Pool): void {
    if (pool.isAsked || pool.count >= lowest) return;
    pool.isAsked = true;
    this.#ask(pool.kind, lowest, (transports) => {
      pool.isAsked = false;
      for (const transport of transports) {
        const there = pool.byPlace.get(transport.place);
        if (there === undefined) pool.byPlace.set(transport.place, [transport]);
        else there.push(transport);
      }
      pool.count += transports.length;
    });
  }
}

interface Wanted {
  readonly spec: StreamSpec;
  readonly pool: Pool;
}

/** At the first place that has enough of all. */
function placeAll(wanted: readonly Wanted[]): PlacedStream[] | null {
  for (const place of wanted[0]?.pool.byPlace.keys() ?? []) {
    const taken: { readonly one: Wanted; readonly transport: ReservedTransport }[] = [];
    for (const one of wanted) {
      const transport = one.pool.byPlace.get(place)?.pop();
      if (transport === undefined) break;
      one.pool.count -= 1;
      taken.push({ one, transport });
    }
    if (taken.length === wanted.length) return taken.map(({ one, transport }) => placed(one.spec, transport));
    for (const { one, transport } of taken) {
      one.pool.byPlace.get(place)?.push(transport);
      one.pool.count += 1;
    }
  }
  return null;
}

function placed({ streamId, kind, timeoutMs }: StreamSpec, transport: ReservedTransport): PlacedStream {
  const { transportId, address, rtpPort, rtcpPort, ssrc, cname } = transport;
  return {
    spec: { streamId, kind, transportId, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    local: { streamId, transportId, address, rtpPort, rtcpPort, ssrc, cname },
  };
}
