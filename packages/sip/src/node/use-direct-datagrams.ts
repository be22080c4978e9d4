/** Puts UDP listeners on direct datagrams (ffi/direct-datagrams.ts), where they work. */
import { descriptorOf } from './descriptor-of.ts';
import { probeDirect } from './probe-direct.ts';
import type { UdpListener } from './udp.ts';

/** @returns why not; null: they do */
export async function useDirectDatagrams(listeners: readonly UdpListener[], dscp: number): Promise<string | null> {
  const why = await probeDirect();
  if (why !== null) return why;
  const { DirectDatagrams } = await import('./ffi/direct-datagrams.ts');
  const able = listeners.filter(({ local, isOpen }) => local.family === 4 && isOpen);
  const descriptors = able.map(({ local }) => descriptorOf(local));
  for (const [index, listener] of able.entries()) {
    const descriptor = descriptors[index];
    // All of them, or none: what is said of one is true of all.
    if (descriptor === undefined || descriptors.includes(undefined))
      return 'the descriptor of a socket is not found in /proc';
    listener.useDirect(new DirectDatagrams(descriptor, dscp));
  }
  return null;
}
