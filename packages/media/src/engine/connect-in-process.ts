/** A {@link Connect} to an engine in the same process: whole bytes through the same frames, without a socket. */
import type { ByteSink, ByteStream, Connect } from '../protocol/byte-stream.ts';
import type { Engine } from './engine.ts';

/** @param later runs a thing after the present call has returned, in order. */
export function connectInProcess(engine: Engine, later: (run: () => void) => void = queueMicrotask): Connect {
  return (clientSink) => {
    const ends = { open: true };
    const towardsClient = halfOf(clientSink, ends, later);
    let engineSink: ByteSink | null = null;
    engine.accept((sink) => {
      engineSink = sink;
      return towardsClient;
    });
    return halfOf(
      { onBytes: (bytes) => engineSink?.onBytes(bytes), onClosed: (why) => engineSink?.onClosed(why) },
      ends,
      later,
    );
  };
}

/** What is written here arrives at `sink`; closing tells the same end. */
function halfOf(sink: ByteSink, ends: { open: boolean }, later: (run: () => void) => void): ByteStream {
  return {
    write(bytes) {
      if (!ends.open) return;
      const copy = bytes.slice();
      later(() => sink.onBytes(copy));
    },
    close() {
      if (!ends.open) return;
      ends.open = false;
      later(() => sink.onClosed('closed by the far side'));
    },
  };
}
