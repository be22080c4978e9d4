/**
 * Tries a kind of packet I/O by node:ffi (its argument): a datagram to itself. Run in a process of its own, as what does not work may crash it. Says in a sentence
 * why it does not work, and ends with one of `probeExit`.
 */
import { randomInt } from 'node:crypto';
import { addressWords, parseAddress } from '../address.ts';
import { blockingKinds } from '../blocking-io.ts';
import type { OpenOutcome } from '../packet-io.ts';
import { probeExit } from '../probe-exit.ts';
import { createBlockingIo } from './create-blocking-io.ts';
import { IoRefused } from './io-failure.ts';

const tries = 20;
/** Of 20 ms. */
const mostTicks = 25;

function end(text: string, code: number): never {
  process.stdout.write(text);
  process.exit(code);
}

function tryIo(): void {
  const kind = blockingKinds.find((one) => one === process.argv[2]) ?? end('a kind is needed', probeExit.FAILED);
  const io = createBlockingIo(kind, { maxSockets: 8, gatherUs: 0 });
  const sent = new TextEncoder().encode('ringdown');
  const destination = new Int32Array(addressWords);
  io.start({
    onPacket(_socket, buffer, offset, length) {
      const isSame = length === sent.length && sent.every((octet, at) => buffer[offset + at] === octet);
      if (isSame && io.source[4] === destination[4]) end('', probeExit.WORKS);
      end('a datagram came back changed', probeExit.FAILED);
    },
    onTick: (number) => {
      if (number > mostTicks) end('a datagram to itself did not arrive', probeExit.FAILED);
    },
  });
  let opened: OpenOutcome | undefined;
  for (let attempt = 0; attempt < tries && opened?.ok !== true; attempt++) {
    // Above the ports that media has by default, so that the probe is nobody's stream.
    const port = randomInt(33_000, 60_000);
    parseAddress('127.0.0.1', port, destination, 0);
    io.open({ address: '127.0.0.1', port, dscp: 0 }, (outcome) => {
      opened = outcome;
    });
  }
  if (opened?.ok !== true) end('no socket could be opened', probeExit.FAILED);
  io.send({ socket: opened.socket, buffer: sent, offset: 0, length: sent.length, destination, destinationAt: 0 });
  io.run({ onWake: () => undefined, afterBatch: () => undefined });
}

try {
  tryIo();
} catch (error) {
  const code = error instanceof IoRefused ? probeExit.REFUSED : probeExit.FAILED;
  end(error instanceof Error ? error.message : String(error), code);
}
