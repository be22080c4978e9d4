/** `reserve`: transports in advance, all at one place, for as long as the connection stands that asked. */
import type { CommandOf, MediaResults } from '../../protocol/command.ts';
import { type MediaError, mediaError } from '../../protocol/error.ts';
import type { ReservedTransport } from '../../protocol/stream-spec.ts';
import type { Connection } from '../connection.ts';
import type { EngineContext } from '../engine-context.ts';
import { openPair, type PairPlace } from '../open-pair.ts';
import type { Done } from '../session-table.ts';

/** Of the ports that are free no more than this share is held in advance by one command. */
const share = 8;

type OnDone = (done: Done<MediaResults['reserve']>) => void;

export interface Reservation {
  readonly command: CommandOf<'reserve'>;
  readonly owner: Connection;
  readonly onDone: OnDone;
}

/** Fewer than asked for where ports are short; a failure where there is none. */
export function reserve(context: EngineContext, { command, owner, onDone }: Reservation): void {
  const address = command.address ?? context.options.addresses[0] ?? '';
  const pool = context.pool(address);
  if (pool === null) {
    onDone({ ok: false, error: mediaError('address-unavailable', address) });
    return;
  }
  const count = Math.min(command.count, Math.floor((pool.unused + context.pairs.count) / share));
  if (context.draining || count === 0) {
    onDone({ ok: false, error: mediaError(context.draining ? 'draining' : 'ports-exhausted', address) });
    return;
  }
  const place: PairPlace = { thread: leastLoaded(context), address, dscp: command.dscp ?? 0 };
  openMany(context, { place, count, owner, onDone });
}

interface Opening {
  readonly place: PairPlace;
  readonly count: number;
  readonly owner: Connection;
  readonly onDone: OnDone;
}

function openMany(context: EngineContext, { place, count, owner, onDone }: Opening): void {
  const transports: ReservedTransport[] = [];
  let failure: MediaError | null = null;
  let left = count;
  for (let index = 0; index < count; index++) {
    openPair(context, place, (done) => {
      left -= 1;
      if (!done.ok) failure ??= done.error;
      else if (owner.isOpen) transports.push(context.reserved.add({ pair: done.result, owner, ...chance(context) }));
      else context.shut(done.result, () => {});
      if (left > 0) return;
      if (transports.length === 0 && failure !== null) onDone({ ok: false, error: failure });
      else onDone({ ok: true, result: { transports } });
    });
  }
}

function chance({ options }: EngineContext): { ssrc: number; cname: number } {
  return { ssrc: options.random(2 ** 32), cname: options.random(2 ** 32) | 0 };
}

/** Where the fewest streams are, or will be. */
function leastLoaded(context: EngineContext): number {
  const load = context.options.threads.map((_, thread) => context.reserved.countAt(thread));
  if (load.length === 1) return 0;
  for (const session of context.table.sessions())
    load[session.thread] = (load[session.thread] ?? 0) + session.streams.size;
  return load.indexOf(Math.min(...load));
}
