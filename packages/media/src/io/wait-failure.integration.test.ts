/** A wait that fails for good ends its thread with an error: waiting again would be a loop that never ends. A process of its own, as node:ffi may take one along. */
import assert from 'node:assert/strict';
import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { probeIo } from '../program/probe-io.ts';
import { type BlockingKind, blockingKinds } from './blocking-io.ts';

const links: Readonly<Record<BlockingKind, string>> = {
  io_uring: 'anon_inode:[io_uring]',
  epoll: 'anon_inode:[eventpoll]',
};

/** Descriptors of this process that are of such a kind. */
function descriptorsOf(kind: BlockingKind): number[] {
  const isOne = (descriptor: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`) === links[kind];
    } catch {
      // The one that read the folder.
      return false;
    }
  };
  return readdirSync('/proc/self/fd').filter(isOne).map(Number);
}

for (const kind of blockingKinds) {
  const probed = await probeIo(kind);
  test(`${kind}: a wait on what is closed`, { skip: probed.verdict === 'refused' ? probed.why : false }, async () => {
    const { createBlockingIo } = await import('./ffi/create-blocking-io.ts');
    const before = new Set(descriptorsOf(kind));
    const io = createBlockingIo(kind, { maxSockets: 8, gatherUs: 0 });
    const own = descriptorsOf(kind).filter((descriptor) => !before.has(descriptor));
    assert.equal(own.length, 1);
    for (const descriptor of own) closeSync(descriptor);
    io.start({ onPacket: () => undefined, onTick: () => undefined });
    assert.throws(() => io.run({ onWake: () => undefined, afterBatch: () => undefined }), {
      code: 'media_io_failed',
      message: /errno 9$/,
    });
  });
}
