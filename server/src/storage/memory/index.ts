/** #storage/memory: the backend without a disk, and the one with bad luck. */
export { createMemoryStorage } from './memory-storage.ts';
export type { Misfortune } from './unreliable.ts';
