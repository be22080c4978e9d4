/** A phone's media in virtual time: speaks at 20 ms into a virtual media engine and hears what is sent to its address. */
import type { MemoryDatagram } from '@ringdown/media';
import type { VirtualClock } from '../clock/virtual-clock.ts';
import { frameMs, RtpVoice, type RtpVoiceOptions } from './rtp-voice.ts';
import type { VirtualMediaEngine } from './virtual-media-engine.ts';

export interface VirtualTalkerOptions extends RtpVoiceOptions {
  readonly clock: VirtualClock;
  readonly address: string;
  readonly port: number;
}

export class VirtualTalker {
  readonly voice: RtpVoice;
  /** Packets on the RTCP port (port + 1). */
  readonly rtcp: Uint8Array[] = [];
  readonly #clock: VirtualClock;
  #from: { readonly address: string; readonly port: number };
  #to: { readonly engine: VirtualMediaEngine; readonly address: string; readonly port: number } | null = null;
  #armed = false;

  constructor(options: VirtualTalkerOptions) {
    this.voice = new RtpVoice(options);
    this.#clock = options.clock;
    this.#from = { address: options.address, port: options.port };
  }

  get address(): string {
    return this.#from.address;
  }

  get port(): number {
    return this.#from.port;
  }

  /** A NAT gave it another address. */
  moveTo(address: string, port: number): void {
    this.#from = { address, port };
  }

  talkTo(engine: VirtualMediaEngine, address: string, port: number): void {
    this.#to = { engine, address, port };
    if (!this.#armed) this.#next();
  }

  pause(): void {
    this.#to = null;
  }

  /** Sends one datagram from its RTP port, or from its RTCP port to the RTCP port. */
  send(bytes: Uint8Array, component: 'rtp' | 'rtcp' = 'rtp'): void {
    const shift = component === 'rtp' ? 0 : 1;
    this.#to?.engine.receive({
      from: { address: this.#from.address, port: this.#from.port + shift },
      to: { address: this.#to.address, port: this.#to.port + shift },
      bytes,
    });
  }

  /** Give it every datagram that the engine sends: it takes its own. */
  take(datagram: MemoryDatagram): void {
    if (datagram.to.address !== this.#from.address) return;
    if (datagram.to.port === this.#from.port) this.voice.hear(datagram.bytes, this.#clock.nowMs());
    else if (datagram.to.port === this.#from.port + 1) this.rtcp.push(datagram.bytes);
  }

  #next(): void {
    this.#armed = this.#to !== null;
    if (this.#to === null) return;
    this.send(this.voice.nextPacket());
    this.#clock.arm(frameMs, { onTimer: () => this.#next() }, 1);
  }
}
