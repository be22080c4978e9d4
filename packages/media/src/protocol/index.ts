/** The media protocol: all that control and engine share. docs/media-protocol.md tells it in prose. */
export type { ByteSink, ByteStream, Connect } from './byte-stream.ts';
export { type CommandCheck, checkCommandFrame } from './check-command.ts';
export type { Capability, ClientRole, CommandOf, MediaCommand, MediaResults, MediaVerb } from './command.ts';
export type { CommandFrame, EventFrame, MediaFrame, MediaOutcome, RefusedCommand, ReplyFrame } from './envelope.ts';
export { type MediaError, type MediaErrorCode, mediaError, mediaErrors } from './error.ts';
export type { EngineEvent, MediaEvent, SessionEvent, SessionEventBody } from './event.ts';
export { encodeFrame, FrameReader, type FrameResult, maxFrameBytes } from './frame.ts';
export {
  createMediaClient,
  type MediaClient,
  type MediaClientHandlers,
  type MediaClientOptions,
  type SendOptions,
  type TimeoutSource,
} from './media-client.ts';
export { type PlaySource, type PromptName, promptNames } from './play-source.ts';
export type { SessionState, StreamState } from './session-state.ts';
export { connectUnixSocket, streamOfSocket } from './socket-stream.ts';
export type { DirectionStatistics, SessionStatistics, StreamStatistics } from './statistics.ts';
export type {
  CodecSpec,
  Direction,
  LocalStream,
  MediaKind,
  PayloadMap,
  RemoteAddress,
  ReservedTransport,
  StreamSpec,
} from './stream-spec.ts';
export { commonVersion, protocolVersions, type VersionRange } from './version.ts';
