/** A UDP socket by socket(2) and bind(2), with its marks; what fails is a value. */
import { isIP } from 'node:net';
import { addressWords, parseAddress } from '../address.ts';
import type { OpenOutcome, SocketSpec } from '../packet-io.ts';
import { bind, close, datagramSocket, errno, failed, family, option, setsockopt, socket } from './libc.ts';
import { MappedMemory } from './mapped-memory.ts';
import { writeSockaddr } from './socket-address.ts';

/** What a few hundred packets take; bursts of video are larger than the default. */
const receiveBufferBytes = 262_144;

export interface UdpSocket {
  readonly descriptor: number;
  readonly isV6: boolean;
}

type Refusal = Extract<OpenOutcome, { ok: false }>;

export class UdpSockets {
  /** An address, and the value of an option. */
  readonly #scratch = MappedMemory.anonymous(4096);
  readonly #words = new Int32Array(addressWords);

  open({ address, port, dscp }: SocketSpec): UdpSocket | Refusal {
    const isV6 = isIP(address) === 6;
    if (!parseAddress(address, port, this.#words, 0)) return refusal(0, `${address} is no address`);
    const descriptor = socket(isV6 ? family.INET6 : family.INET, datagramSocket, 0);
    if (descriptor < 0) return refusal(errno(), `no socket for ${address}:${port}`);
    if (isV6) this.#set(descriptor, option.IPPROTO_IPV6, option.IPV6_V6ONLY, 1);
    this.#set(descriptor, option.SOL_SOCKET, option.SO_RCVBUF, receiveBufferBytes);
    if (dscp > 0 && isV6) this.#set(descriptor, option.IPPROTO_IPV6, option.IPV6_TCLASS, dscp << 2);
    if (dscp > 0 && !isV6) this.#set(descriptor, option.IPPROTO_IP, option.IP_TOS, dscp << 2);
    const length = writeSockaddr(this.#scratch.bytes, 0, { words: this.#words, at: 0, isV6 });
    if (bind(descriptor, this.#scratch.pointer(0), length) === 0) return { descriptor, isV6 };
    const why = errno();
    close(descriptor);
    return refusal(why, `bind ${address}:${port}`);
  }

  #set(descriptor: number, level: number, name: number, value: number): void {
    this.#scratch.words[16] = value;
    setsockopt(descriptor, level, name, this.#scratch.pointer(64), 4);
  }
}

function refusal(why: number, what: string): Refusal {
  const isFull = why === failed.EMFILE || why === failed.ENFILE || why === failed.ENOBUFS;
  const reason = why === failed.EADDRINUSE ? 'in-use' : isFull ? 'limit' : 'unavailable';
  return { ok: false, reason, detail: why === 0 ? what : `${what}: errno ${why}` };
}
