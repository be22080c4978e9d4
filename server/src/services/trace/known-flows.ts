/** What the trace keeps of a flow, made once per flow: its addresses alone, and how they stand in a record. */
import type { TraceFlow } from './trace-entry.ts';
import { encodePlace } from './trace-record.ts';

export interface KnownFlow {
  readonly flow: TraceFlow;
  readonly place: Uint8Array;
  readonly local: TraceFlow['local'];
}

export class KnownFlows {
  readonly #known = new WeakMap<TraceFlow, KnownFlow>();

  of(flow: TraceFlow): KnownFlow {
    const known = this.#known.get(flow);
    // A connection learns its own address when it stands.
    if (known !== undefined && known.local === flow.local) return known;
    const { kind, local, remote } = flow;
    const plain = {
      kind,
      local: { address: local.address, port: local.port },
      remote: { address: remote.address, port: remote.port },
    };
    const made = { flow: plain, place: encodePlace(plain), local };
    this.#known.set(flow, made);
    return made;
  }
}
