/** @ringdown/sip: the SIP stack. Sans-IO: sockets are in "@ringdown/sip/node" only. */

export * from './auth/index.ts';
export * from './call-information/index.ts';
export * from './clock/clock.ts';
export * from './clock/random.ts';
export * from './clock/timer-wheel.ts';
export type { DialogId } from './dialog/dialog-id.ts';
export * from './event/index.ts';
export * from './identity/index.ts';
export * from './message/index.ts';
export * from './messaging/index.ts';
export { type Admission, OverloadControl, type OverloadSettings } from './overload/overload-control.ts';
export * from './phone/index.ts';
export * from './preferences/index.ts';
export * from './proxy/flow-tokens.ts';
export { createProxy, StatefulProxy } from './proxy/proxy.ts';
export * from './proxy/proxy-port.ts';
export {
  createStatelessProxy,
  type StatelessDecision,
  StatelessProxy,
  type StatelessProxyOptions,
} from './proxy/stateless-proxy.ts';
export * from './refer/index.ts';
export * from './registration/index.ts';
export { type AbandonOptions, abandonInvite } from './session/abandon-invite.ts';
export * from './session/session-port.ts';
export { targetOf } from './session/target-of.ts';
export { createUserAgent, UserAgent } from './session/user-agent.ts';
export type { UserAgentOptions } from './session/user-agent-options.ts';
export * from './transaction/timers.ts';
export * from './transaction/transaction-layer.ts';
export * from './transaction/transaction-port.ts';
export * from './transport/certificate-names.ts';
export * from './transport/connection-race.ts';
export * from './transport/dns.ts';
export * from './transport/dns-cache.ts';
export * from './transport/failed-targets.ts';
export * from './transport/failover.ts';
export * from './transport/flow.ts';
export * from './transport/locate-server.ts';
export * from './transport/order-srv.ts';
export * from './transport/sips.ts';
export * from './transport/transport-param.ts';
export * from './transport/transport-port.ts';
export * from './xml/index.ts';
