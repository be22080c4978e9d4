/** Open sockets by their numbers, and numbers that are free again. */
import type { OpenOutcome, SocketSpec } from '../packet-io.ts';
import { close } from './libc.ts';
import { type UdpSocket, UdpSockets } from './udp-socket.ts';

interface OpenSocket extends UdpSocket {
  isClosing: boolean;
}

export class SocketTable {
  readonly #udp = new UdpSockets();
  readonly #sockets: (OpenSocket | null)[] = [];
  readonly #free: number[] = [];
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  open(spec: SocketSpec): OpenOutcome {
    const number = this.#free.pop() ?? this.#sockets.length;
    if (number >= this.#max) return { ok: false, reason: 'limit', detail: `${this.#max} sockets are open` };
    const opened = this.#udp.open(spec);
    const isOpen = !('ok' in opened);
    this.#sockets[number] = isOpen ? { ...opened, isClosing: false } : null;
    if (isOpen) return { ok: true, socket: number };
    this.#free.push(number);
    return opened;
  }

  /** One that packets come from and go to. */
  openAt(number: number): UdpSocket | null {
    const open = this.#sockets[number];
    return open === undefined || open === null || open.isClosing ? null : open;
  }

  /** From now on it is not `openAt`, but its number is not free. @returns false: it was not open */
  beginClose(number: number): boolean {
    const open = this.#sockets[number];
    if (open === undefined || open === null || open.isClosing) return false;
    open.isClosing = true;
    return true;
  }

  /** Closes the descriptor of one for which `beginClose` was called; the number is free. */
  endClose(number: number): void {
    const open = this.#sockets[number];
    if (open?.isClosing !== true) return;
    close(open.descriptor);
    this.#sockets[number] = null;
    this.#free.push(number);
  }

  close(number: number): void {
    if (this.beginClose(number)) this.endClose(number);
  }

  closeAll(): void {
    for (const open of this.#sockets) if (open !== null) close(open.descriptor);
    this.#sockets.length = 0;
  }
}
