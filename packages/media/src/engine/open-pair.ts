/** A pair of sockets for a stream: one that stands open, or ports that really can be bound, with the packet thread's word that they are. */
import { mediaError } from '../protocol/error.ts';
import type { EngineContext } from './engine-context.ts';
import type { Done } from './session-table.ts';
import type { Pair } from './standing-pairs.ts';

/** Ports held by other programs in a row before it counts as exhaustion. */
const bindAttempts = 64;

export type PairPlace = Pick<Pair, 'thread' | 'address' | 'dscp'>;

type OnPair = (done: Done<Pair>) => void;

/** `onPair` is called at once where one stands open. */
export function openPair(context: EngineContext, place: PairPlace, onPair: OnPair): void {
  const standing = context.pairs.take(place.thread, place.address, place.dscp);
  if (standing === null) bind(context, place, { attemptsLeft: bindAttempts, onPair });
  else onPair({ ok: true, result: standing });
}

interface Binding {
  readonly attemptsLeft: number;
  readonly onPair: OnPair;
}

/** A port that nobody has; where there is none, that of a pair which only stands open. */
function bind(context: EngineContext, place: PairPlace, binding: Binding): void {
  const { attemptsLeft, onPair } = binding;
  const port = attemptsLeft === 0 ? null : (context.pool(place.address)?.take(context.clock.nowMs()) ?? null);
  if (port !== null) {
    bindTo(context, { ...place, rtpPort: port }, binding);
    return;
  }
  const inTheWay = attemptsLeft === 0 ? null : context.pairs.reclaim(place.address);
  if (inTheWay === null) onPair({ ok: false, error: mediaError('ports-exhausted', place.address) });
  else context.shut(inTheWay, () => bind(context, place, { attemptsLeft: attemptsLeft - 1, onPair }));
}

function bindTo(context: EngineContext, place: PairPlace & Pick<Pair, 'rtpPort'>, binding: Binding): void {
  const { thread, address, dscp, rtpPort } = place;
  context.ask(
    thread,
    (id) => ({ type: 'open', id, address, rtpPort, dscp }),
    (event) => {
      if (event.type !== 'opened') return;
      if (event.ok) {
        binding.onPair({ ok: true, result: { ...place, rtp: event.rtp, rtcp: event.rtcp } });
        return;
      }
      const pool = context.pool(address);
      if (event.reason === 'in-use') {
        pool?.avoid(rtpPort, context.clock.nowMs());
        bind(context, { thread, address, dscp }, { ...binding, attemptsLeft: binding.attemptsLeft - 1 });
        return;
      }
      pool?.release(rtpPort, context.clock.nowMs());
      const code = event.reason === 'limit' ? 'capacity-exhausted' : 'address-unavailable';
      binding.onPair({ ok: false, error: mediaError(code, event.detail) });
    },
  );
}
