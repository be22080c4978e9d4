/**
 * What the call machines may do to the world: give commands to edges and to the media engine, tell events, read time. Handed to every
 * verb; nothing here waits, and nothing calls back into the engine before the current input is done.
 */

import type { MediaCommand } from '@ringdown/media/protocol';
import type { TimeSource } from '#base/clock';
import type { IdSource } from '#base/ids';
import type { CallState, LegState } from './call-state.ts';
import type { LegCommand, LegPlace, PeerPlace } from './leg-port.ts';

export interface CallContext {
  readonly time: TimeSource;
  readonly ids: IdSource;
  readonly settings: CallSettings;
  /** To the edge that carries the leg. */
  leg(edge: string, command: LegCommand): void;
  /** To the media engine that carries the call. Replies of openSession and addStream come back as inputs. */
  media(call: CallState, command: MediaCommand): void;
  /** What the leg's edge says that its media is to be bound to; null: the engine's choice. */
  mediaAddress(edge: string, leg: LegPlace): string | null;
  /** What the leg's edge knows of where its peer is. */
  peerPlace(edge: string, leg: LegPlace): PeerPlace | null;
  /** Tells the world (docs/adr/0008). The name is in the past tense: `call.answered`. */
  tell(call: CallState, type: CallEventType, leg: LegState | null): void;
  /** Arms the call's ring timer, or disarms it with null. One per call. */
  ringTimer(call: CallState, afterMs: number | null): void;
}

export interface CallSettings {
  /** No RTP and no RTCP for so long ends the call; 0 = never. */
  readonly mediaTimeoutMs: number;
  /** Codecs of the built-in services and of legs without a policy, best first. */
  readonly codecs: readonly string[];
  /** DSCP of audio and of video packets (RFC 4594). */
  readonly dscp: { readonly audio: number; readonly video: number };
  /** Minutes east of UTC that the speaking clock tells. */
  readonly utcOffsetMin: number;
}

export type CallEventType =
  | 'call.started'
  | 'call.ringing'
  | 'call.answered'
  | 'call.joined'
  | 'call.held'
  | 'call.resumed'
  | 'call.ended'
  /** It came from another call, and goes on in this one. */
  | 'leg.arrived'
  | 'leg.ended'
  | 'call.digit';
