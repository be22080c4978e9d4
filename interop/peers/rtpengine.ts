/** rtpengine in userspace, and as much of its ng protocol as opening, closing and counting calls needs. */
import { createSocket, type Socket } from 'node:dgram';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Bencoded, decodeBencode, encodeBencode } from './bencode.ts';
import { PeerProcess } from './peer-process.ts';
import type { Ports } from './ports.ts';
import { expect, waitFor } from './wait.ts';

export interface RtpengineOptions {
  readonly folder: string;
  readonly ports: Ports;
  readonly threads?: number;
  readonly mediaPorts: { readonly first: number; readonly last: number };
}

export class Rtpengine {
  readonly process: PeerProcess;
  readonly #port: number;
  readonly #socket: Socket = createSocket('udp4');
  readonly #answers = new Map<string, Bencoded>();
  #asked = 0;

  private constructor(process: PeerProcess, port: number) {
    this.process = process;
    this.#port = port;
    this.#socket.on('error', () => undefined);
    this.#socket.on('message', (bytes) => {
      const text = bytes.toString('latin1');
      const space = text.indexOf(' ');
      this.#answers.set(text.slice(0, space), decodeBencode(text.slice(space + 1)));
    });
  }

  static async start(options: RtpengineOptions): Promise<Rtpengine> {
    const folder = join(options.folder, 'rtpengine');
    mkdirSync(folder, { recursive: true });
    const [ng, { first, last }] = [await options.ports.take('control'), options.mediaPorts];
    const args = ['--interface=127.0.0.1', `--listen-ng=127.0.0.1:${ng}`, '--foreground', '--log-stderr', '--table=-1'];
    const more = [
      `--port-min=${first}`,
      `--port-max=${last}`,
      `--num-threads=${options.threads ?? 1}`,
      '--log-level=4',
    ];
    const process = new PeerProcess({ name: 'rtpengine', command: 'rtpengine', args: [...args, ...more], folder });
    const engine = new Rtpengine(process, ng);
    try {
      await engine.command({ command: 'ping' });
    } catch (error) {
      await engine.stop();
      throw error;
    }
    return engine;
  }

  /** Repeats with the same cookie until it is answered. */
  async command(command: { readonly [key: string]: Bencoded }): Promise<{ readonly [key: string]: Bencoded }> {
    this.#asked += 1;
    const cookie = `c${this.#asked}`;
    let looks = 0;
    const wait = { what: `rtpengine's answer to ${command.command}`, tail: () => this.process.tail() };
    const answer = await waitFor({ ...wait, gone: () => this.process.gone() }, () => {
      if (looks % 10 === 0) this.#socket.send(`${cookie} ${encodeBencode(command)}`, this.#port, '127.0.0.1');
      looks += 1;
      return this.#answers.get(cookie);
    });
    this.#answers.delete(cookie);
    const result = (answer as { readonly [key: string]: Bencoded }).result;
    expect(result === 'ok' || result === 'pong', `rtpengine refused ${command.command}: ${JSON.stringify(answer)}`);
    return answer as { readonly [key: string]: Bencoded };
  }

  /** Both phones' ports in, the ports they shall send to out. */
  async openCall(callId: string, phones: { a: number; b: number }): Promise<{ forA: number; forB: number }> {
    const from = { 'call-id': callId, 'from-tag': 'a', ICE: 'remove', replace: ['origin'] };
    const offer = await this.command({ command: 'offer', ...from, sdp: sdpOf(phones.a) });
    const answer = await this.command({ command: 'answer', ...from, 'to-tag': 'b', sdp: sdpOf(phones.b) });
    return { forA: portIn(String(answer.sdp)), forB: portIn(String(offer.sdp)) };
  }

  async stop(): Promise<void> {
    this.#socket.close();
    await this.process.stop({ withinMs: 5_000 });
  }
}

function sdpOf(port: number): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', `m=audio ${port} RTP/AVP 0`];
  return [...lines, 'a=rtpmap:0 PCMU/8000', ''].join('\r\n');
}

function portIn(sdp: string): number {
  return Number(/^m=audio (\d+)/m.exec(sdp)?.[1] ?? 0);
}
