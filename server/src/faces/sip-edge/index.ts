/** #faces/sip-edge: phones and trunks. */

export { listenWebSockets, type WebSocketListener, type WebSocketPlace } from './listen-web-sockets.ts';
export { type DialledLeg, SipEdge, type SipEdgeOptions } from './sip-edge.ts';
export { traceWire } from './trace-wire.ts';
export { tlsRuleOf } from './trunk-tls.ts';
export type { PushSender, PushTarget } from './waking.ts';
