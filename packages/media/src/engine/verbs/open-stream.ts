/** Opening one stream: a record, a pair of ports that really can be bound, and the packet thread's word that it is. */
import { mediaError } from '../../protocol/error.ts';
import type { LocalStream, StreamSpec } from '../../protocol/stream-spec.ts';
import { field } from '../../region/layout.ts';
import type { EngineContext } from '../engine-context.ts';
import type { Done, EngineSession, EngineStream } from '../session-table.ts';
import { settingsOf } from '../stream-settings.ts';

/** Ports held by other programs in a row before it counts as exhaustion. */
const bindAttempts = 64;

export interface StreamOpening {
  readonly spec: StreamSpec;
  onDone(done: Done<LocalStream>): void;
}

export function openStream(context: EngineContext, session: EngineSession, opening: StreamOpening): void {
  const begun = beginStream(context, session, opening.spec);
  if (!begun.ok) opening.onDone(begun);
  else bind(context, { stream: begun.result, attemptsLeft: bindAttempts, onDone: opening.onDone });
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
  const cname = `${context.options.random(2 ** 32).toString(36)}@ringdown`;
  const stream: EngineStream = {
    spec,
    session,
    record,
    generation: region.words[base + field.GENERATION] as number,
    address,
    rtpPort: 0,
    local: { streamId: spec.streamId, transportId: spec.streamId, address, rtpPort: 0, rtcpPort: 0, ssrc, cname },
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

function bind(context: EngineContext, binding: Binding): void {
  const { stream, attemptsLeft, onDone } = binding;
  const port = context.pool(stream.address)?.take(context.clock.nowMs()) ?? null;
  if (port === null || attemptsLeft === 0) {
    if (port !== null) context.pool(stream.address)?.release(port, context.clock.nowMs());
    fail(context, stream);
    onDone({ ok: false, error: mediaError('ports-exhausted', stream.address) });
    return;
  }
  stream.rtpPort = port;
  const first = attemptsLeft === bindAttempts;
  const { record, address, local, spec } = stream;
  const { thread } = stream.session;
  context.ask(
    thread,
    (id) => ({ type: 'open', id, record, address, rtpPort: port, dscp: spec.dscp ?? 0, cname: local.cname }),
    (event) => {
      if (event.type !== 'opened') return;
      if (stream.closing !== null || context.table.streamOfRecord(record, stream.generation) !== stream) {
        context.pool(address)?.release(port, context.clock.nowMs());
        onDone({ ok: false, error: mediaError('unknown-stream', 'closed while it was being opened') });
      } else if (event.ok) {
        stream.local = { ...local, rtpPort: port, rtcpPort: port + 1 };
        onDone({ ok: true, result: stream.local });
      } else if (event.reason === 'in-use') {
        context.pool(address)?.release(port, context.clock.nowMs());
        bind(context, { ...binding, attemptsLeft: attemptsLeft - 1 });
      } else {
        context.pool(address)?.release(port, context.clock.nowMs());
        fail(context, stream);
        const code = event.reason === 'limit' ? 'capacity-exhausted' : 'address-unavailable';
        onDone({ ok: false, error: mediaError(code, event.detail) });
      }
    },
  );
  // Behind `open`, since the thread knows the stream from then on.
  if (first) context.post(thread, { type: 'settings', record, settings: settingsOf(stream) });
}

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
