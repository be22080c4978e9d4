/** Opening one stream: a record, and a transport: one that was reserved, or a pair of sockets opened for it. */
import { mediaError } from '../../protocol/error.ts';
import type { LocalStream, StreamSpec } from '../../protocol/stream-spec.ts';
import { field } from '../../region/layout.ts';
import { textOfCname } from '../../thread/cname.ts';
import type { EngineContext } from '../engine-context.ts';
import { openPair } from '../open-pair.ts';
import type { Reserved } from '../reserved-transports.ts';
import type { Done, EngineSession, EngineStream } from '../session-table.ts';
import type { Pair } from '../standing-pairs.ts';
import { settingsOf } from '../stream-settings.ts';

export interface StreamOpening {
  readonly spec: StreamSpec;
  onDone(done: Done<LocalStream>): void;
}

export function openStream(context: EngineContext, session: EngineSession, { spec, onDone }: StreamOpening): void {
  const found = findReserved(context, session, spec);
  const begun = found.ok ? beginStream(context, session, { spec, reserved: found.result }) : found;
  if (!begun.ok) {
    onDone(begun);
    return;
  }
  const stream = begun.result;
  const { thread } = session;
  const { record, address, cname } = stream;
  context.post(thread, { type: 'begin', record, cname });
  context.post(thread, { type: 'settings', record, settings: settingsOf(stream) });
  if (found.ok && found.result !== null) {
    onDone({ ok: true, result: opened(context, stream, found.result.pair) });
    return;
  }
  openPair(context, { thread, address, dscp: spec.dscp ?? 0 }, (done) => {
    if (stream.closing !== null || context.table.streamOfRecord(record, stream.generation) !== stream) {
      if (done.ok) context.shut(done.result, () => {});
      onDone(closedMeanwhile);
    } else if (done.ok) onDone({ ok: true, result: opened(context, stream, done.result) });
    else {
      fail(context, stream);
      onDone(done);
    }
  });
}

/** Null where the stream names none. */
function findReserved(
  context: EngineContext,
  session: EngineSession,
  { transportId }: StreamSpec,
): Done<Reserved | null> {
  if (transportId === undefined) return { ok: true, result: null };
  const reserved = context.reserved.find(transportId);
  if (reserved === undefined) return { ok: false, error: mediaError('unknown-transport', transportId) };
  if (reserved.pair.thread !== session.thread) return { ok: false, error: mediaError('not-co-located', transportId) };
  return { ok: true, result: reserved };
}

interface Beginning {
  readonly spec: StreamSpec;
  readonly reserved: Reserved | null;
}

function beginStream(
  context: EngineContext,
  session: EngineSession,
  { spec, reserved }: Beginning,
): Done<EngineStream> {
  const { options, region } = context;
  const address = reserved?.pair.address ?? spec.address ?? options.addresses[0] ?? '';
  if (context.pool(address) === null)
    return {
      ok: false,
      error: mediaError('address-unavailable', `${address} is not among the addresses the engine may bind`),
    };
  const record = context.takeRecord();
  if (record === null) return { ok: false, error: mediaError('capacity-exhausted', `${region.capacity} streams`) };
  const { streamId, transportId = streamId } = spec;
  if (reserved !== null) context.reserved.remove(transportId);
  const base = region.begin(record);
  const { ssrc, cname } = reserved ?? { ssrc: options.random(2 ** 32), cname: options.random(2 ** 32) | 0 };
  region.words[base + field.TX_SSRC] = ssrc | 0;
  region.words[base + field.TX_SEQUENCE] = options.random(2 ** 16);
  region.words[base + field.TX_TIMESTAMP] = options.random(2 ** 32) | 0;
  const stream: EngineStream = {
    spec,
    session,
    record,
    generation: region.words[base + field.GENERATION] as number,
    address,
    pair: null,
    cname,
    local: { streamId, transportId, address, rtpPort: 0, rtcpPort: 0, ssrc, cname: textOfCname(cname) },
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

function opened(context: EngineContext, stream: EngineStream, pair: Pair): LocalStream {
  const { rtp, rtcp, rtpPort } = pair;
  context.post(pair.thread, { type: 'take', record: stream.record, rtp, rtcp });
  stream.pair = pair;
  stream.local = { ...stream.local, rtpPort, rtcpPort: rtpPort + 1 };
  return stream.local;
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
