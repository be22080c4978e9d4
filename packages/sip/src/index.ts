/** @ringdown/sip: the SIP stack. Sans-IO: sockets are in "@ringdown/sip/node" only. */

export * from './clock/clock.ts';
export * from './clock/random.ts';
export * from './clock/timer-wheel.ts';
export * from './message/build-request.ts';
export * from './message/build-response.ts';
export * from './message/edit.ts';
export * from './message/format-message.ts';
export * from './message/parse-failure.ts';
export * from './message/parse-message.ts';
export * from './message/request.ts';
export * from './message/response.ts';
export * from './transaction/timers.ts';
export * from './transaction/transaction-layer.ts';
export * from './transaction/transaction-port.ts';
export * from './transport/flow.ts';
export * from './transport/transport-port.ts';
