/**
 * The media engine as a library: what a test or another program needs to run one in its own process. The program is `ringdown-media`; control only
 * needs `@ringdown/media/protocol`.
 */
export { connectInProcess } from './engine/connect-in-process.ts';
export { Engine } from './engine/engine.ts';
export type { EngineClock } from './engine/engine-clock.ts';
export type { EngineOptions } from './engine/engine-context.ts';
export { type MemoryDatagram, MemoryIo, type MemoryIoOptions } from './io/memory.ts';
export type { PacketIo, PacketSink } from './io/packet-io.ts';
export { tickMs } from './io/packet-io.ts';
export { Region } from './region/layout.ts';
export { PacketThread, type PacketThreadOptions } from './thread/packet-thread.ts';
export { type Sounds, soundSampleRate } from './thread/sounds.ts';
export type { ThreadCommand, ThreadEvent, ThreadLink } from './thread/thread-message.ts';
