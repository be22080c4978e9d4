/**
 * Tries packet I/O by node:ffi: a datagram to itself. Run in a process of its own, as what does not work may crash it. Says `works`, or in a sentence why not,
 * and ends with 0 or 3.
 */
import { randomInt } from 'node:crypto';
import { addressWords, parseAddress } from '../address.ts';
import type { OpenOutcome } from '../packet-io.ts';
import { createBlockingIo } from './create-blocking-io.ts';

const tries = 20;
/** Of 20 ms. */
const mostTicks = 25;

function end(text: string, code: number): never {
  process.stdout.write(text);
  process.exit(code);
}

function tryIo(): void {
  const io = createBlockingIo('io_uring', { maxSockets: 8, gatherUs: 0 });
  const sent = new TextEncoder().encode('ringdown');
  const destination = new Int32Array(addressWords);
  io.start({
    onPacket(_socket, buffer, offset, length) {
      const isSame = length === sent.length && sent.every((octet, at) => buffer[offset + at] === octet);
      if (isSame && io.source[4] === destination[4]) end('works', 0);
      end('a datagram came back changed', 3);
    },
    onTick: (number) => {
      if (number > mostTicks) end('a datagram to itself did not arrive', 3);
    },
  });
  let opened: OpenOutcome | undefined;
  for (let attempt = 0; attempt < tries && opened?.ok !== true; attempt++) {
    const port = randomInt(20_000, 60_000);
    parseAddress('127.0.0.1', port, destination, 0);
    io.open({ address: '127.0.0.1', port, dscp: 0 }, (outcome) => {
      opened = outcome;
    });
  }
  if (opened?.ok !== true) end('no socket could be opened', 3);
  io.send({ socket: opened.socket, buffer: sent, offset: 0, length: sent.length, destination, destinationAt: 0 });
  io.run({ onWake: () => undefined, afterBatch: () => undefined });
}

try {
  tryIo();
} catch (error) {
  end(error instanceof Error ? error.message : String(error), 3);
}
