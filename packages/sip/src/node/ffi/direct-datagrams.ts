/**
 * Datagrams of a socket over IPv4 by sendmsg(2) and recvmsg(2), beside the event loop that owns it: Node's own way costs several times as much a datagram. The
 * memory of one datagram each way, of which the kernel is told once:
 *
 *       0          64           96          128          192                      192 + 65,536
 *       +----------+------------+-----------+------------+-------------------------+
 *       | msghdr   | sockaddr   | iovec     |            | the datagram            |     receiving; the same again, sending
 *       +----------+------------+-----------+------------+-------------------------+
 *
 * Leaves out: IPv6.
 */
import { Buffer } from 'node:buffer';
import { toArrayBuffer } from 'node:ffi';
import { getSystemErrorMap } from 'node:util';
import type { SocketAddress } from '../../transport/flow.ts';
import type { DirectIo, DirectOutcome } from '../udp.ts';
import {
  AF_INET,
  EAGAIN,
  EINTR,
  errno,
  IP_TOS,
  IPPROTO_IP,
  MAP_FAILED,
  MAP_PRIVATE_ANONYMOUS,
  MSG_DONTWAIT,
  mmap,
  PROT_READ_WRITE,
  recvmsg,
  sendmsg,
  setsockopt,
} from './libc.ts';

const at = { MSGHDR: 0, SOCKADDR: 64, IOVEC: 96, DATAGRAM: 192 } as const;
const datagramBytes = 65_536;
const wayBytes = at.DATAGRAM + datagramBytes;
/** struct msghdr: msg_name, msg_namelen, msg_iov, msg_iovlen; struct iovec: iov_base, iov_len. In octets. */
const msghdr = { NAME: 0, NAME_LENGTH: 8, IOV: 16, IOV_LENGTH: 24 } as const;
const iovec = { BASE: 0, LENGTH: 8 } as const;
const sockaddrBytes = 16;
/** Then others have their turn. */
const mostAtOnce = 256;

export class DirectDatagrams implements DirectIo {
  readonly #descriptor: number;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #receiving: bigint;
  readonly #sending: bigint;

  /** @param dscp 0 to 63: the mark of what is sent (RFC 2474) */
  constructor(descriptor: number, dscp: number) {
    this.#descriptor = descriptor;
    const size = BigInt(2 * wayBytes);
    const address = mmap(0n, size, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0n);
    if (address === MAP_FAILED) throw new DirectDatagramsError(`no memory: errno ${errno()}`);
    const memory = toArrayBuffer(address, 2 * wayBytes, false);
    this.#bytes = Buffer.from(memory);
    this.#view = new DataView(memory);
    this.#receiving = address;
    this.#sending = address + BigInt(wayBytes);
    if (dscp > 0) this.#mark(dscp);
    this.#prepare(0, address);
    this.#prepare(wayBytes, this.#sending);
  }

  #prepare(way: number, address: bigint): void {
    const view = this.#view;
    const header = way + at.MSGHDR;
    view.setBigUint64(header + msghdr.NAME, address + BigInt(at.SOCKADDR), true);
    view.setUint32(header + msghdr.NAME_LENGTH, sockaddrBytes, true);
    view.setBigUint64(header + msghdr.IOV, address + BigInt(at.IOVEC), true);
    view.setUint32(header + msghdr.IOV_LENGTH, 1, true);
    view.setBigUint64(way + at.IOVEC + iovec.BASE, address + BigInt(at.DATAGRAM), true);
    view.setUint32(way + at.IOVEC + iovec.LENGTH, datagramBytes, true);
    view.setUint16(way + at.SOCKADDR, AF_INET, true);
  }

  #mark(dscp: number): void {
    this.#view.setUint32(at.DATAGRAM, dscp << 2, true);
    setsockopt(this.#descriptor, IPPROTO_IP, IP_TOS, this.#receiving + BigInt(at.DATAGRAM), 4);
  }

  send(bytes: Uint8Array, { address, port }: SocketAddress): DirectOutcome {
    const host = parseHost(address);
    if (host === undefined) return 'not-sent';
    const name = wayBytes + at.SOCKADDR;
    this.#view.setUint16(name + 2, port);
    this.#view.setUint32(name + 4, host);
    this.#view.setUint32(wayBytes + at.IOVEC + iovec.LENGTH, bytes.length, true);
    this.#bytes.set(bytes, wayBytes + at.DATAGRAM);
    if (sendmsg(this.#descriptor, this.#sending, MSG_DONTWAIT) >= 0) return 'sent';
    const why = errno();
    return why === EAGAIN || why === EINTR ? 'not-sent' : failure(why);
  }

  receive(onDatagram: (bytes: Uint8Array, host: number, port: number) => void): void {
    for (let count = 0; count < mostAtOnce; count++) {
      const length = recvmsg(this.#descriptor, this.#receiving, MSG_DONTWAIT);
      // Nothing more, or what an earlier datagram of ours met with, which is told by nobody's address.
      if (length < 0) return;
      const bytes = Buffer.allocUnsafe(length);
      bytes.set(this.#bytes.subarray(at.DATAGRAM, at.DATAGRAM + length));
      onDatagram(bytes, this.#view.getUint32(at.SOCKADDR + 4), this.#view.getUint16(at.SOCKADDR + 2));
    }
  }
}

/** The four octets of `a.b.c.d` as a number; undefined where it is none. */
function parseHost(address: string): number | undefined {
  let host = 0;
  let octet = 0;
  let octets = 1;
  for (let index = 0; index < address.length; index++) {
    const code = address.charCodeAt(index);
    if (code === 0x2e) {
      host = host * 256 + octet;
      octet = 0;
      octets++;
    } else {
      octet = octet * 10 + code - 0x30;
      if (code < 0x30 || code > 0x39 || octet > 255) return undefined;
    }
  }
  return octets === 4 ? host * 256 + octet : undefined;
}

/** As Node's own sockets tell it. */
function failure(why: number): Error {
  const [code = `errno ${why}`, text = 'the datagram could not be sent'] = getSystemErrorMap().get(-why) ?? [];
  return Object.assign(new DirectDatagramsError(`send ${code}: ${text}`), { code });
}

export class DirectDatagramsError extends Error {
  code = 'sip_direct_datagrams';
  constructor(what: string) {
    super(what);
    this.name = 'DirectDatagramsError';
  }
}
