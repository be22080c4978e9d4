/** Opening one stream: a record, a pair of ports that really can be bound, and the packet thread's word that it is. */
import { mediaError } from '../../protocol/error.ts';
import type { LocalStream, StreamSpec } from '../../protocol/stream-spec.ts';
import { field } from '../../region/layout.ts';
import type { EngineContext } from '../engine-context.ts';
import type { Done, EngineSession, EngineStream } from '../session-table.ts';
import type { Pair } from '../standing-pairs.ts';
import { textOfCname } from '../../thread/cname.ts';
import { settingsOf } from '../stream-settings.ts';

/** Ports held by other programs in a row before it counts as exhaustion. */
const bindAttempts = 64;

export interface StreamOpening {
  readonly spec: StreamSpec;
  onDone(done: Done<LocalStream>): void;
}

export function openStream(context: EngineContext, session: EngineSession, opening: StreamOpening): void {
  const begun = beginStream(context, session, opening.spec);
  if (!begun.ok) {
    opening.onDone(begun);
    return;
  }
  const stream = begun.result;
  const { thread } = session;
  const { record, address } = stream;
  context.post(thread, { type: 'begin', record, cname: begun.result.cname });
  context.post(thread, { type: 'settings', record, settings: settingsOf(stream) });
  const standing = context.pairs.take(thread, address, opening.spec.dscp ?? 0);
  if (standing === null) bind(context, { stream, attemptsLeft: bindAttempts, onDone: opening.onDone });
  else opening.onDone({ ok: true, result: opened(context, stream, standing) });
}

function beginStream(context: EngineContext, session: EngineSession, spec: StreamSpec): Done<EngineStream> {
  const { options, region } = context;
  const address = spec.address ?? options.addresses[0] ?? '';
  const pool = context.pool(address);
  if (pool === null)
    return {
      ok: false,
      error: mediaError('address-unavailable', `${address} is not among the addresses the engine may bind`),
    };
  const record = context.takeRecord();
  if (record === null) return { ok: false, error: mediaError('capacity-exhausted', `${region.capacity} streams`) };
  const base = region.begin(record);
  const ssrc = options.random(2 ** 32);
  region.words[base + field.TX_SSRC] = ssrc | 0;
  region.words[base + field.TX_SEQUENCE] = options.random(2 ** 16);
  region.words[base + field.TX_TIMESTAMP] = options.random(2 ** 32) | 0;
  const cname = options.random(2 ** 32) | 0;
  const stream: EngineStream = {
    spec,
    session,
    record,
    generation: region.words[base + field.GENERATION] as number,
    address,
    pair: null,
    cname,
    local: {
      streamId: spec.streamId,
      transportId: spec.streamId,
      address,
      rtpPort: 0,
      rtcpPort: 0,
      ssrc,
      cname: textOfCname(cname),
    },
    remote: null,
    direction: 'sendrecv',
    codecs: [],
    dtmfPayloadType: null,
    timeoutMs: spec.timeoutMs ?? options.streamTimeoutMs ?? 30_000,
    joined: null,
    echo: false,
    playing: null,
    prior: { expected: 0, received: 0 },
    priorPackets: 0,
    closing: null,
  };
  context.table.addStream(stream);
  return { ok: true, result: stream };
}

interface Binding {
  readonly stream: EngineStream;
  readonly attemptsLeft: number;
  onDone(done: Done<LocalStream>): void;
}

function opened(context: EngineContext, stream: EngineStream, pair: Pair): LocalStream {
  const { rtp, rtcp } = pair;
  context.post(pair.thread, { type: 'take', record: stream.record, rtp, rtcp });
  stream.pair = pair;
  stream.local = { ...stream.local, rtpPort: pair.rtpPort, rtcpPort: pair.rtpPort + 1 };
  return stream.local;
}

/** A port that nobody has; where there is none, that of a pair which only stands open. */
function bind(context: EngineContext, binding: Binding): void {
  const { stream, attemptsLeft, onDone } = binding;
  if (isGone(context, stream)) {
    onDone(closedMeanwhile);
    return;
  }
  const pool = context.pool(stream.address);
  const port = attemptsLeft === 0 ? null : (pool?.take(context.clock.nowMs()) ?? null);
  if (port !== null) {
    bindTo(context, port, binding);
    return;
  }
  const inTheWay = attemptsLeft === 0 ? null : context.pairs.reclaim(stream.address);
  if (inTheWay !== null) context.shut(inTheWay, () => bind(context, { ...binding, attemptsLeft: attemptsLeft - 1 }));
  else {
    fail(context, stream);
    onDone({ ok: false, error: mediaError('ports-exhausted', stream.address) });
  }
}

function bindTo(context: EngineContext, rtpPort: number, binding: Binding): void {
  const { stream, attemptsLeft, onDone } = binding;
  const { address, spec } = stream;
  const { thread } = stream.session;
  const dscp = spec.dscp ?? 0;
  context.ask(
    thread,
    (id) => ({ type: 'open', id, address, rtpPort, dscp }),
    (event) => {
      if (event.type !== 'opened') return;
      if (event.ok) {
        const { rtp, rtcp } = event;
        const pair = { thread, address, dscp, rtpPort, rtp, rtcp };
        if (isGone(context, stream)) {
          context.shut(pair, () => {});
          onDone(closedMeanwhile);
        } else onDone({ ok: true, result: opened(context, stream, pair) });
        return;
      }
      const pool = context.pool(address);
      if (event.reason === 'in-use') pool?.avoid(rtpPort, context.clock.nowMs());
      else pool?.release(rtpPort, context.clock.nowMs());
      if (event.reason === 'in-use') bind(context, { ...binding, attemptsLeft: attemptsLeft - 1 });
      else {
        fail(context, stream);
        const code = event.reason === 'limit' ? 'capacity-exhausted' : 'address-unavailable';
        onDone({ ok: false, error: mediaError(code, event.detail) });
      }
    },
  );
}

function isGone({ table }: EngineContext, stream: EngineStream): boolean {
  return stream.closing !== null || table.streamOfRecord(stream.record, stream.generation) !== stream;
}

const closedMeanwhile: Done<LocalStream> = {
  ok: false,
  error: mediaError('unknown-stream', 'closed while it was being opened'),
};

/** Nothing is bound: the stream disappears. */
function fail(context: EngineContext, stream: EngineStream): void {
  context.table.removeStream(stream);
  context.ask(
    stream.session.thread,
    (id) => ({ type: 'close', id, record: stream.record }),
    () => {
      context.region.words[context.region.baseOf(stream.record) + field.IN_USE] = 0;
      context.giveRecord(stream.record);
    },
  );
}
