/** What the packet thread needs to know of a stream's description. */
import { parseAddress } from '../io/address.ts';
import type { CodecSpec, RemoteAddress } from '../protocol/stream-spec.ts';
import type { RemoteWords, StreamSettings } from '../thread/thread-message.ts';
import type { EngineStream } from './session-table.ts';

/** RFC 3551 table 4: comfort noise is 13 unless negotiated otherwise. */
const staticComfortNoise = 13;

export function settingsOf(stream: EngineStream): StreamSettings {
  const playable = playableCodec(stream.codecs);
  const comfortNoise = stream.codecs.find((codec) => codec.name.toUpperCase() === 'CN');
  const taken = stream.codecs.some((codec) => codec.payloadType === staticComfortNoise);
  return {
    maySend: (stream.direction === 'sendrecv' || stream.direction === 'sendonly') && !isUnspecified(stream.remote),
    mayReceive: stream.direction === 'sendrecv' || stream.direction === 'recvonly',
    timeoutMs: stream.timeoutMs,
    clockRate: stream.codecs[0]?.clockRate ?? (stream.spec.kind === 'video' ? 90_000 : 8000),
    dtmfPayloadType: stream.dtmfPayloadType ?? -1,
    comfortNoisePayloadType:
      comfortNoise?.payloadType ?? (taken || stream.spec.kind !== 'audio' ? -1 : staticComfortNoise),
    playPayloadType: playable?.payloadType ?? -1,
    playLaw: playable === undefined ? 0 : playable.name.toUpperCase() === 'PCMU' ? 1 : 2,
  };
}

/** The first codec in the order of preference that players can make. */
export function playableCodec(codecs: readonly CodecSpec[]): CodecSpec | undefined {
  return codecs.find(
    (codec) => /^PCM[UA]$/i.test(codec.name) && codec.clockRate === 8000 && (codec.channels ?? 1) === 1,
  );
}

/** Null where the address is not numeric. */
export function remoteWords(remote: RemoteAddress): RemoteWords | null {
  const words = new Int32Array(10);
  const mux = remote.rtcpMux === true;
  const rtcpPort = remote.rtcpPort ?? (mux ? remote.port : Math.min(remote.port + 1, 65_535));
  if (!parseAddress(remote.address, remote.port, words, 0)) return null;
  parseAddress(remote.address, rtcpPort, words, 5);
  return { words, mux };
}

/** The unspecified address is RFC 2543's way to hold: there is nobody to send to, and the phone is still where it was. */
export function isUnspecified(remote: RemoteAddress | null): boolean {
  return remote !== null && /^(0\.0\.0\.0|[0:]+)$/.test(remote.address);
}
