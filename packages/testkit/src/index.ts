export * from './clock/seeded-random.ts';
export * from './clock/virtual-clock.ts';
export * from './network/nat-box.ts';
export * from './network/network-trace.ts';
export * from './network/virtual-connection.ts';
export * from './network/virtual-host.ts';
export * from './network/virtual-link.ts';
export * from './network/virtual-network.ts';
