/** #faces/sip-edge: phones and trunks. */
export { SipEdge, type SipEdgeOptions } from './sip-edge.ts';
