/** #engine/media: descriptions, codec policy, and the handle on the media engine. */
export { KeptDescription, keepDescription, readKept } from './kept-description.ts';
export { growStreams, type LegMedia, type LegStream, localPorts } from './leg-media.ts';
export { type LeftSession, MediaLink, type MediaLinkOptions } from './media-link.ts';
export * from './negotiate/index.ts';
