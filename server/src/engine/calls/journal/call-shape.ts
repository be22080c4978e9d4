/** What of a call's state can change; see difference.ts. The compiler asks for every field that is not read-only. */
import type { LegMedia, LegStream } from '#engine/media';
import type { CallState, LegJoin, LegState } from '../call-state.ts';
import { type FixedShape, fixedParts, listOf, type Shape } from './difference.ts';

type Same<X, Y> = (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? true : false;
type Writable<T> = {
  [K in keyof T]-?: Same<{ [Q in K]: T[K] }, { -readonly [Q in K]: T[K] }> extends true ? K : never;
}[keyof T];
type Changing<T> = Readonly<Record<Writable<T>, Shape | 'value'>>;

const stream: Changing<LegStream> = { asked: 'value', local: 'value' };
const join: Changing<LegJoin> = { toUtcMs: 'value' };
const callMedia: Changing<CallState['media']> = { state: 'value', lastRtpUtcMs: 'value', eventNumber: 'value' };

const legMedia: Changing<LegMedia> = {
  streams: listOf(fixedParts(stream)),
  local: 'value',
  remote: 'value',
  pendingLocal: 'value',
  pendingRemote: 'value',
  lines: 'value',
  pendingLines: 'value',
  codec: 'value',
};

const leg: Changing<LegState> = {
  phase: 'value',
  reoffer: 'value',
  earlySource: 'value',
  media: fixedParts(legMedia),
  held: 'value',
  rangUtcMs: 'value',
  answeredUtcMs: 'value',
  endedUtcMs: 'value',
  cause: 'value',
  joins: listOf(fixedParts(join)),
  quality: 'value',
};

const call: Changing<CallState> = {
  phase: 'value',
  plan: 'value',
  step: 'value',
  ringDeadlineUtcMs: 'value',
  legs: listOf(fixedParts(leg)),
  joinedLegId: 'value',
  media: fixedParts(callMedia),
  cause: 'value',
  endedUtcMs: 'value',
  overUtcMs: 'value',
  eventNumber: 'value',
};

export const callShape: FixedShape = fixedParts(call);
