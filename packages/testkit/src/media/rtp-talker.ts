/**
 * A phone's media on a real socket: speaks at 20 ms, hears, and measures. Paced by the monotonic clock: a late timer is made up for at once, so the
 * rate is exact. For integration tests and interop runs.
 */
import { createSocket, type Socket } from 'node:dgram';
import { frameMs, RtpVoice, type RtpVoiceOptions } from './rtp-voice.ts';

export interface RtpTalkerOptions extends RtpVoiceOptions {
  /** Default 127.0.0.1. */
  readonly address?: string;
  /** Default: any free one. */
  readonly port?: number;
}

export class RtpTalker {
  readonly voice: RtpVoice;
  readonly address: string;
  readonly port: number;
  readonly #socket: Socket;
  #to: { readonly address: string; readonly port: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #startMs = 0;
  #sent = 0;

  private constructor(socket: Socket, options: RtpTalkerOptions) {
    this.#socket = socket;
    this.voice = new RtpVoice(options);
    this.address = socket.address().address;
    this.port = socket.address().port;
    socket.on('message', (bytes) => this.voice.hear(bytes, performance.now()));
    socket.on('error', () => {});
  }

  static async open(options: RtpTalkerOptions): Promise<RtpTalker> {
    const address = options.address ?? '127.0.0.1';
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(options.port ?? 0, address, resolve);
    });
    socket.removeAllListeners('error');
    return new RtpTalker(socket, options);
  }

  /** Packets sent so far. */
  get sentCount(): number {
    return this.#sent;
  }

  /** Begins, or goes on to another address. */
  talkTo(address: string, port: number): void {
    this.#to = { address, port };
    if (this.#timer !== null) return;
    this.#startMs = performance.now() - this.#sent * frameMs;
    this.#pace();
  }

  /** Stops speaking; goes on hearing. */
  pause(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  sendRaw(bytes: Uint8Array, to: { readonly address: string; readonly port: number }): void {
    this.#socket.send(bytes, to.port, to.address, () => {});
  }

  close(): void {
    this.pause();
    this.#socket.close();
  }

  #pace(): void {
    const due = Math.floor((performance.now() - this.#startMs) / frameMs) + 1;
    while (this.#sent < due && this.#to !== null) {
      this.sendRaw(this.voice.nextPacket(), this.#to);
      this.#sent++;
    }
    const nextMs = this.#startMs + this.#sent * frameMs - performance.now();
    this.#timer = setTimeout(() => this.#pace(), Math.max(0, nextMs));
  }
}
