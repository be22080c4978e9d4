/**
 * STUN on the port of SIP, as keep-alive of UDP flows (RFC 5626 §4.4.2, §5.4, §8; RFC 8489 §5, §6): a Binding request says that the flow lives, its answer says
 * from where it was seen, so that a NAT that has forgotten the flow shows. Told from SIP by its first octet. Leaves out: attributes in requests (there are none
 * in this usage), everything else of STUN, which is not this port's.
 *
 *    0                   1                   2                   3
 *   |0 0|     message type (14)     |         message length        |
 *   |                     magic cookie 0x2112A442                   |
 *   |                     transaction id (96 bits)                  |
 */
import type { SocketAddress } from './flow.ts';

const headBytes = 20;
const cookie = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;
const IDENTIFIER_BYTES = 12;

export interface StunAnswer {
  /** Of the request that it answers. */
  readonly id: string;
  /** Where that came from, seen from there. */
  readonly seen: SocketAddress;
}

/** Whether a datagram is STUN and not SIP, whose first octet is a letter or CR. */
export function isStun(bytes: Uint8Array): boolean {
  return bytes.length >= headBytes && (bytes[0] as number) < 0x04;
}

/** @param id 12 characters of ASCII */
export function stunRequest(id: string): Uint8Array {
  const bytes = new Uint8Array(headBytes);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, BINDING_REQUEST);
  view.setUint32(4, cookie);
  for (let i = 0; i < IDENTIFIER_BYTES; i++) bytes[8 + i] = id.charCodeAt(i);
  return bytes;
}

/** The answer to a Binding request; undefined: it is none, or asks for more than that. */
export function answerStun(bytes: Uint8Array, from: SocketAddress): Uint8Array | undefined {
  if (!isWhole(bytes) || bytes.length !== headBytes || typeOf(bytes) !== BINDING_REQUEST) return undefined;
  const address = addressBytes(from);
  const answer = new Uint8Array(headBytes + 8 + address.length);
  const view = new DataView(answer.buffer);
  answer.set(bytes);
  view.setUint16(0, BINDING_SUCCESS);
  view.setUint16(2, 8 + address.length);
  view.setUint16(headBytes, XOR_MAPPED_ADDRESS);
  view.setUint16(headBytes + 2, 4 + address.length);
  view.setUint16(headBytes + 4, from.family === 4 ? 1 : 2);
  view.setUint16(headBytes + 6, from.port ^ (cookie >>> 16));
  // RFC 8489 §14.2: XORed with the cookie, and over IPv6 with the transaction id after it: both stand in the head.
  for (const [i, octet] of address.entries()) answer[headBytes + 8 + i] = octet ^ (bytes[4 + i] as number);
  return answer;
}

export function readStunAnswer(bytes: Uint8Array): StunAnswer | undefined {
  if (!isWhole(bytes) || typeOf(bytes) !== BINDING_SUCCESS) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = headBytes; at + 4 <= bytes.length; ) {
    const length = view.getUint16(at + 2);
    const seen = view.getUint16(at) === XOR_MAPPED_ADDRESS ? readAddress(bytes, at + 4, length) : undefined;
    if (seen !== undefined) return { id: String.fromCharCode(...bytes.subarray(8, headBytes)), seen };
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}

function isWhole(bytes: Uint8Array): boolean {
  if (!isStun(bytes)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getUint32(4) === cookie && view.getUint16(2) === bytes.length - headBytes && bytes.length % 4 === 0;
}

function typeOf(bytes: Uint8Array): number {
  return ((bytes[0] as number) << 8) | (bytes[1] as number);
}

function readAddress(bytes: Uint8Array, at: number, length: number): SocketAddress | undefined {
  const size = length - 4;
  if ((size !== 4 && size !== 16) || at + length > bytes.length) return undefined;
  const port = (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) ^ (cookie >>> 16);
  const octets = Array.from({ length: size }, (_, i) => (bytes[at + 4 + i] as number) ^ (bytes[4 + i] as number));
  if (size === 4) return { family: 4, address: octets.join('.'), port };
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((octets[2 * i] as number) << 8) | (octets[2 * i + 1] as number)).toString(16),
  );
  return { family: 6, address: groups.join(':'), port };
}

function addressBytes({ family, address }: SocketAddress): Uint8Array {
  if (family === 4) return Uint8Array.from(address.split('.'), Number);
  const bytes = new Uint8Array(16);
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  for (const [i, group] of before.entries()) bytes.set([group >> 8, group & 0xff], 2 * i);
  for (const [i, group] of after.entries()) bytes.set([group >> 8, group & 0xff], 16 - 2 * (after.length - i));
  return bytes;
}

/** An IPv4 address at the end counts as two groups. */
function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}
