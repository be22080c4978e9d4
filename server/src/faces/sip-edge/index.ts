/** #faces/sip-edge: phones and trunks. */
export { crossingHeaders } from './crossing.ts';
export { SipEdge, type SipEdgeOptions } from './sip-edge.ts';
export { causeOfStatus, statusFor } from './status-map.ts';
