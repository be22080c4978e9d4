/** Where a peer is, as its messages show it: whether a NAT stands before it, and what its media address is to be held against. */
import type { Flow, NameAddr, Target } from '@ringdown/sip';
import type { PeerPlace } from '#engine/calls';
import type { FarSide } from './status-map.ts';

/** The phone is not where its Contact says. A Contact with a name is believed to be reachable. */
export function isBehindNat(contact: NameAddr | undefined, flow: Flow): boolean {
  const uri = contact?.uri;
  if (uri?.kind !== 'sip' || !/^[\d.]+$|:/.test(uri.host)) return false;
  return (
    uri.host.replace(/^\[|\]$/g, '') !== flow.remote.address ||
    (!flow.reliable && (uri.port ?? 5060) !== flow.remote.port)
  );
}

export function placeOfTarget({ kind, remote }: Target, far: FarSide): PeerPlace {
  const isSecure = kind === 'tls' || kind === 'wss';
  // What comes by WebSocket is a browser: its media is for the engine to end.
  return { address: remote.address, isSecure, isTrunk: far === 'trunk', isHidden: kind === 'ws' || kind === 'wss' };
}

export function placeOfFlow({ kind, remote }: Flow, far: FarSide): PeerPlace {
  return placeOfTarget({ kind, remote }, far);
}
