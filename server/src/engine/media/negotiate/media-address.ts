/**
 * Where a peer wants its media, looked at before anything is sent there: a numeric unicast address, or the zeros of a hold. Unimplemented: names in c= (nothing is
 * looked up in the middle of a call), multicast sessions (RFC 3264 §5.2).
 */
import { connectionAddress, type MediaDescription, type SessionDescription } from '@ringdown/sdp';

/** Why nothing can be sent there, for the cause of a refusal; null: it can. */
export function addressProblem(sdp: SessionDescription, media: MediaDescription): string | null {
  const address = connectionAddress(sdp, media);
  return address === null ? 'no c= line' : problemOfAddress(address);
}

export function problemOfAddress(address: string): string | null {
  if (address.includes(':')) return problemOf6(address);
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number) ?? [];
  if (octets.length === 0 || octets.some((octet) => octet > 255)) return `media address ${address} is not numeric`;
  return (octets[0] ?? 0) >= 224 ? `media address ${address} is not unicast` : null;
}

function problemOf6(address: string): string | null {
  if (!/^[0-9a-f:.]{2,45}$/i.test(address)) return `media address ${address} is not numeric`;
  return /^ff/i.test(address) ? `media address ${address} is not unicast` : null;
}
