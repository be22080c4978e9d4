/** What the engine asks for by `dial`, and the place that it leads to. */
import type { InviteOptions, Target } from '@ringdown/sip';
import type { LegCommand, LegDestination } from '#engine/calls';
import type { PhonePlace } from './phone-ways.ts';
import type { ReliablePeer } from './reliability.ts';

export type DialCommand = Extract<LegCommand, { type: 'dial' }>;

export interface Place extends PhonePlace {
  readonly alternatives?: readonly Target[];
  /** What stands in From and To towards a trunk. */
  readonly host?: string;
  readonly authenticate?: InviteOptions['authenticate'];
}

/**
 * RFC 3261 §13.2.1: where no provisional of the far side ever reaches us there is nobody to send CANCEL to (§9.1), and its phone would ring on for a call that
 * is over. A second more than we wait, so that our own end comes first.
 */
export function invitationSec({ ringMs }: DialCommand): number {
  return Math.ceil(ringMs / 1000) + 1;
}

/** For the detail of a failure. */
export function wantedSecurely({ crossing }: DialCommand): string {
  return crossing.isSecure === true ? ', and the caller asked for it by SIPS' : '';
}

export function peerAt(destination: LegDestination): Omit<ReliablePeer, 'tenantId'> {
  return destination.kind === 'trunk' ? { trunkId: destination.trunkId } : { deviceId: destination.deviceId };
}
