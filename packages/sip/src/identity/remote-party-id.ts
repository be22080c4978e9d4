/**
 * Remote-Party-ID, which never became an RFC (draft-ietf-sip-privacy-04 §5) and which old gateways still send. Read only: P-Asserted-Identity is what is written.
 *
 * Leaves out: `id-type`, `other-*`, and RPID-Privacy.
 */
import { type NameAddr, parseNameAddr } from '../message/name-addr.ts';

export interface RemotePartyId {
  readonly address: NameAddr;
  readonly party: 'calling' | 'called';
  /** `full` and `uri` hide the address, `name` the display name. */
  readonly privacy: readonly string[];
  /** The sender has checked it. */
  readonly isScreened: boolean;
}

/** Undefined: malformed. */
export function parseRemotePartyId(value: string): RemotePartyId | undefined {
  const address = parseNameAddr(value);
  if (address === undefined) return undefined;
  const { params } = address;
  const privacy = (params.get('privacy') ?? 'off').toLowerCase().split(/[,;]/);
  return {
    address,
    party: params.get('party')?.toLowerCase() === 'called' ? 'called' : 'calling',
    privacy: privacy.filter((word) => word !== 'off' && word !== ''),
    isScreened: params.get('screen')?.toLowerCase() === 'yes',
  };
}
