/** RTP and RTCP over bytes in place (RFC 3550, RFC 4733, RFC 5761), and the E-model (ITU-T G.107). Sans-IO. */
export * from './e-model.ts';
export * from './ntp-time.ts';
export * from './receive-state.ts';
export * from './rtcp-packet.ts';
export * from './rtp-packet.ts';
export * from './sequence.ts';
export * from './telephone-event.ts';
