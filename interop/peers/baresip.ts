/**
 * baresip as a phone: its files, its control connection (ctrl_tcp: JSON in netstrings), what it heard. Several calls at once
 * are not driven here; commands go to its current call.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWav, type Sound } from '../sound/wav.ts';
import {
  type Answering,
  type BaresipAccount,
  type BaresipConfig,
  formatBaresipAccount,
  formatBaresipConfig,
  type SipTransport,
} from './baresip-config.ts';
import { encodeNetstring, NetstringReader } from './netstring.ts';
import { PeerProcess } from './peer-process.ts';
import type { Ports } from './ports.ts';
import { fail, waitFor } from './wait.ts';

export interface BaresipEvent {
  readonly type: string;
  readonly direction?: string;
  readonly peeruri?: string;
  readonly id?: string;
  readonly param?: string;
}

export interface BaresipOptions {
  readonly name: string;
  readonly folder: string;
  readonly ports: Ports;
  readonly account: BaresipAccount;
  readonly transport?: SipTransport;
  readonly server?: string;
  readonly registers?: boolean;
  readonly registersFlow?: boolean;
  readonly answering?: Answering;
  readonly codecs?: readonly string[];
  readonly source: string;
  readonly caFile?: string;
  readonly mediaEncryption?: 'srtp' | 'srtp-mand' | 'dtls_srtp';
  readonly hasCamera?: boolean;
  /** URIs of those whose presence it subscribes to. */
  readonly watches?: readonly string[];
}

interface Reply {
  readonly ok: boolean;
  readonly data: string;
}

export class Baresip {
  readonly name: string;
  readonly folder: string;
  readonly sipPort: number;
  readonly events: BaresipEvent[] = [];
  readonly process: PeerProcess;
  readonly #controlPort: number;
  readonly #recorded: string;
  readonly #replies = new Map<string, Reply>();
  #control: Socket | undefined;
  #commands = 0;

  private constructor(options: BaresipOptions, config: BaresipConfig) {
    this.name = options.name;
    this.folder = config.folder;
    this.sipPort = config.sipPort;
    this.#controlPort = config.controlPort;
    this.#recorded = config.recordedFolder;
    const args = ['-4', '-v', '-s', '-f', config.folder];
    this.process = new PeerProcess({ name: options.name, command: 'baresip', args, folder: config.folder });
  }

  static async start(options: BaresipOptions): Promise<Baresip> {
    const folder = join(options.folder, options.name);
    mkdirSync(folder, { recursive: true });
    const rtpFirst = await options.ports.take('media', 20);
    const { name: _name, ports, ...rest } = options;
    const config: BaresipConfig = {
      transport: 'udp',
      registers: options.server !== undefined,
      answering: 'manual',
      codecs: ['pcmu', 'pcma'],
      ...rest,
      folder,
      sipPort: await ports.take('sip', 2),
      controlPort: await ports.take('control'),
      rtpFirst,
      rtpLast: rtpFirst + 19,
      recordedFolder: mkdtempSync(join(tmpdir(), 'heard-')),
    };
    writeFileSync(join(folder, 'config'), formatBaresipConfig(config));
    writeFileSync(join(folder, 'accounts'), formatBaresipAccount(config));
    const contacts = (options.watches ?? []).map((uri) => `"Watched" <${uri}>;presence=p2p\n`);
    writeFileSync(join(folder, 'contacts'), contacts.join(''));
    const phone = new Baresip(options, config);
    try {
      await phone.process.waitForOutput(/baresip is ready/);
      await phone.#connect();
      if (config.registers) await phone.waitUntilRegistered();
    } catch (error) {
      await phone.stop();
      throw error;
    }
    return phone;
  }

  async command(command: string, params = ''): Promise<string> {
    this.#commands += 1;
    const token = String(this.#commands);
    this.#control?.write(encodeNetstring(JSON.stringify({ command, params, token })));
    const reply = await waitFor(
      { what: `${this.name}'s reply to ${command}`, tail: () => this.process.tail(), gone: () => this.process.gone() },
      () => this.#replies.get(token),
    );
    if (!reply.ok) fail(`${this.name}: ${command} ${params} refused: ${reply.data}\n${this.process.tail()}`);
    return reply.data;
  }

  dial = (uri: string) => this.command('dial', uri);
  accept = () => this.command('accept');
  hangup = () => this.command('hangup');
  hold = () => this.command('hold');
  resume = () => this.command('resume');
  reinvite = () => this.command('reinvite');

  /** Read from its output: it may have registered before anybody listened to its events. */
  async waitUntilRegistered(): Promise<void> {
    const line = await this.process.waitForOutput(
      /\{\d+\/\w+\/v[46]\} (\d{3}) [^\n]*|reg: [^\n]*\(?(failed|[45]\d\d)[^\n]*/i,
    );
    if (line[1] !== '200') fail(`${this.name} did not register: ${line[0]}\n${this.process.tail()}`);
  }

  /** One telephone-event per character; baresip takes 0-9, *, #, a-d. */
  async sendDigits(digits: string): Promise<void> {
    for (const digit of digits) await this.command('sndcode', digit);
  }

  mark(): number {
    return this.events.length;
  }

  waitForEvent(
    type: string,
    options: { from?: number; withinMs?: number; param?: RegExp } = {},
  ): Promise<BaresipEvent> {
    const { from = 0, param, withinMs = 15_000 } = options;
    return waitFor(
      {
        what: `${this.name}'s event ${type}${param === undefined ? '' : ` ${param}`} (had: ${this.#had(from)})`,
        withinMs,
        tail: () => `events: ${this.#had(from)}\n${this.process.tail()}`,
        gone: () => this.process.gone(),
      },
      () => this.events.slice(from).find((one) => one.type === type && (param?.test(one.param ?? '') ?? true)),
    );
  }

  /** The SIP trace and all it said since a mark of `process.mark()`. */
  said(from = 0): string {
    return this.process.output.slice(from);
  }

  /** What was heard, newest recording; a call of several media updates leaves several files. */
  heard(file = this.heardFiles().at(-1)): Sound {
    return file === undefined ? fail(`${this.name} recorded nothing`) : readWav(join(this.#recorded, file));
  }

  heardFiles(): string[] {
    const isHeard = (file: string) => file.startsWith('dump-') && file.endsWith('-dec.wav');
    return readdirSync(this.#recorded).filter(isHeard).sort();
  }

  /** Until the newest recording holds this much: the condition that stands for "they talk". */
  async waitForHeard(lengthMs: number, options: { afterFiles?: number; withinMs?: number } = {}): Promise<Sound> {
    const { afterFiles = 0, withinMs = lengthMs + 15_000 } = options;
    return waitFor(
      {
        what: `${lengthMs} ms of sound at ${this.name}`,
        withinMs,
        tail: () => this.process.tail(),
        gone: () => this.process.gone(),
      },
      () => {
        if (this.heardFiles().length <= afterFiles) return undefined;
        const sound = this.heard();
        return (sound.samples.length / sound.rateHz) * 1000 >= lengthMs ? sound : undefined;
      },
    );
  }

  async stop(): Promise<void> {
    this.#control?.destroy();
    await this.process.stop({ withinMs: 4_000 });
    cpSync(this.#recorded, join(this.folder, 'recorded'), { recursive: true });
    rmSync(this.#recorded, { recursive: true });
  }

  #had(from: number): string {
    return this.events
      .slice(from)
      .map((one) => `${one.type} ${one.param ?? ''}`.trim())
      .join(', ');
  }

  async #connect(): Promise<void> {
    const socket = connect(this.#controlPort, '127.0.0.1');
    const reader = new NetstringReader();
    socket.on('data', (bytes: Buffer) => {
      for (const text of reader.push(bytes)) this.#take(JSON.parse(text) as Record<string, unknown>);
    });
    socket.on('error', () => undefined);
    this.#control = socket;
    await waitFor(
      { what: `${this.name}'s control connection`, tail: () => this.process.tail() },
      () => !socket.connecting,
    );
  }

  #take(message: Record<string, unknown>): void {
    if (message.response === true) {
      this.#replies.set(String(message.token), { ok: message.ok === true, data: String(message.data ?? '') });
    } else if (typeof message.type === 'string') {
      this.events.push(message as unknown as BaresipEvent);
    }
  }
}
