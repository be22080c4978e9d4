/** Streams: however the bytes are cut into chunks, the same things come out. */
import { type SipRequest, type SipResponse, StreamParser, type StreamSink } from '@ringdown/sip';
import { streams } from './corpus.ts';
import type { SeededRandom } from './seeded-random.ts';
import { ensure, type FuzzTarget, toBytes } from './target.ts';

export const streamTarget: FuzzTarget = {
  name: 'stream',
  corpus: streams,
  check: (input, random) => checkStream(toBytes(input), random),
};

class Log implements StreamSink {
  text = '';
  onMessage(message: SipRequest | SipResponse): void {
    this.text += `message ${message.callId} ${message.cseq.seq} ${message.bodySizeBytes} ${message.body.at(-1) ?? ''}\n`;
  }
  onPing(): void {
    this.text += 'ping\n';
  }
  onPong(): void {
    this.text += 'pong\n';
  }
  onFailure(failure: { code: string }, isFatal: boolean): void {
    this.text += `${failure.code} ${isFatal}\n`;
  }
}

function checkStream(bytes: Uint8Array, random: SeededRandom): void {
  const whole = new Log();
  new StreamParser(whole).push(bytes);
  const pieces = new Log();
  const parser = new StreamParser(pieces);
  const most = random.pick([1, 3, 40, 700]);
  // A long input byte by byte is only slow.
  const least = bytes.length > 5_000 ? 100 : 1;
  for (let p = 0; p < bytes.length; ) {
    const size = least + random.below(most);
    parser.push(bytes.slice(p, p + size));
    p += size;
  }
  ensure(pieces.text === whole.text, `chunks change nothing:\n${whole.text}---\n${pieces.text}`);
  ensure(parser.heldBytes <= 1_200_000, 'what is held back is bounded');
}
