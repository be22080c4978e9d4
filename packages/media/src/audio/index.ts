/** @ringdown/media/audio: a program's own end of a voice call, G.711 over RTP. */
export { AudioError, type AudioErrorCode } from './audio-error.ts';
export { AudioSocket, type AudioSocketOptions, type Description, type HeardFrame } from './audio-socket.ts';
export { measureRoundTrip, type RoundTrip, type RoundTripOptions } from './round-trip.ts';
