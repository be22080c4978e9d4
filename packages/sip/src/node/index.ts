/** @ringdown/sip/node: sockets, chance, hashes and the driver for Node. */
export * from './dns-resolver.ts';
export * from './local-address.ts';
export * from './native-text.ts';
export * from './node-hasher.ts';
export * from './node-random.ts';
export * from './node-transport.ts';
export * from './sip-driver.ts';
export * from './sip-stack.ts';
export type { StreamListener } from './tcp.ts';
export * from './tls.ts';
export * from './transport-events.ts';
export * from './ws.ts';
