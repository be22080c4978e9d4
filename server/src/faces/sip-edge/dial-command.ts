/** What the engine asks for by `dial`, and the place that it leads to. */
import type { Flow, InviteOptions, Target } from '@ringdown/sip';
import type { LegCommand, LegDestination, Party } from '#engine/calls';
import { formatParty, fromHost } from './addresses.ts';
import type { Dialect } from './dialects.ts';
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

/** Null: no device is called. */
export function bindingOf(destination: LegDestination) {
  return destination.kind === 'binding' ? destination : null;
}

/** From and To as a dialog with that place begins with them. */
export function partiesOf(command: DialCommand, { place, flow, dialect }: Dialled): { from: string; to: string } {
  const address = (header: 'From' | 'To', party: Party, host: string): string => {
    const value = formatParty(party, host, flow);
    return dialect?.address?.(header, value) ?? value;
  };
  return {
    from: address('From', command.from, fromHost(command.from, place.host)),
    to: address('To', command.to, place.host ?? command.to.host),
  };
}

interface Dialled {
  readonly place: Place;
  readonly flow: Flow;
  readonly dialect: Dialect | null;
}
