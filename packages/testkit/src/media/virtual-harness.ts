/** The virtual-time engine as a harness of the media contract, and a bench of two phones round it for scenario tests. */
import { FrameReader } from '@ringdown/media/protocol';
import { VirtualClock } from '../clock/virtual-clock.ts';
import type { MediaHarness } from './media-contract.ts';
import {
  createVirtualMediaEngine,
  type VirtualMediaEngine,
  type VirtualMediaEngineOptions,
} from './virtual-media-engine.ts';

export interface VirtualMediaHarness extends MediaHarness {
  readonly clock: VirtualClock;
  readonly media: VirtualMediaEngine;
}

/** Thrown by `until` when virtual hours have not helped. */
export class NeverHappenedError extends Error {
  readonly code = 'never_happened';
  constructor() {
    super('the condition did not come true within a virtual minute');
    this.name = 'NeverHappenedError';
  }
}

export function createVirtualHarness(options: Omit<VirtualMediaEngineOptions, 'clock'> = {}): VirtualMediaHarness {
  const clock = new VirtualClock();
  const media = createVirtualMediaEngine({ ...options, clock });
  const until = async (done: () => boolean) => {
    if (!clock.advanceUntil(done, 60_000)) throw new NeverHappenedError();
  };
  return {
    clock,
    media,
    until,
    createClient: (client) => media.createClient(client),
    async sendRaw(bytes) {
      let text = '';
      let closed = false;
      const reader = new FrameReader();
      const stream = media.connect({
        onBytes: (received) => {
          for (const result of reader.push(received)) text += JSON.stringify(result);
        },
        onClosed: () => {
          closed = true;
        },
      });
      stream.write(bytes);
      await until(() => text !== '');
      clock.advance(1);
      return { text: text.replaceAll('\\"', '"'), closed };
    },
    async close() {
      media.kill();
      clock.advance(0);
    },
  };
}
