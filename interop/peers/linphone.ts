/**
 * Linphone's console phone, driven by its stdin, with sound files instead of a sound card. Its states are read from its own log
 * (its stdout is for people). What it says is `toneFile`; what it hears is one growing WAV.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWav, type Sound } from '../sound/wav.ts';
import type { BaresipAccount, SipTransport } from './baresip-config.ts';
import { PeerProcess } from './peer-process.ts';
import type { Ports } from './ports.ts';
import { waitFor } from './wait.ts';

export interface LinphoneOptions {
  readonly name: string;
  readonly folder: string;
  readonly ports: Ports;
  readonly account: BaresipAccount;
  readonly transport?: SipTransport;
  /** `127.0.0.1:5060` */
  readonly server: string;
  readonly toneFile: string;
  readonly autoAnswer?: boolean;
  readonly caFile?: string;
  /** 100rel. Default: not at all. */
  readonly reliability?: keyof typeof reliabilityLevels;
}

/** Liblinphone's LinphoneSupportLevel. */
const reliabilityLevels = { off: 0, supported: 1, required: 2 } as const;

/** Liblinphone's own names, without their prefix. */
export type LinphoneCallState =
  | 'IncomingReceived'
  | 'OutgoingRinging'
  | 'OutgoingEarlyMedia'
  | 'StreamsRunning'
  | 'Connected'
  | 'Pausing'
  | 'Paused'
  | 'PausedByRemote'
  | 'Resuming'
  | 'UpdatedByRemote'
  | 'Error'
  | 'End'
  | 'Released';

export class Linphone {
  readonly name: string;
  readonly folder: string;
  readonly process: PeerProcess;
  readonly #logFile: string;
  #log = '';
  #readBytes = 0;

  private constructor(options: LinphoneOptions, folder: string) {
    this.name = options.name;
    this.folder = folder;
    this.#logFile = join(folder, 'linphone.txt');
    const args = ['-c', join(folder, 'linphonerc'), '-d', '6', '-l', this.#logFile];
    const env = { HOME: folder, XDG_DATA_HOME: '', XDG_CONFIG_HOME: '' };
    this.process = new PeerProcess({ name: options.name, command: 'linphonec', args, folder, env });
  }

  static async start(options: LinphoneOptions): Promise<Linphone> {
    const folder = join(options.folder, options.name);
    for (const own of ['.local/share/linphone', '.config/linphone']) mkdirSync(join(folder, own), { recursive: true });
    const sipPort = await options.ports.take('sip', 2);
    const rtpPort = await options.ports.take('media', 4);
    writeFileSync(join(folder, 'linphonerc'), formatLinphonerc(options, { sipPort, rtpPort }));
    const phone = new Linphone(options, folder);
    try {
      phone.#tell('soundcard use files');
      phone.#tell(`play ${options.toneFile}`);
      phone.#tell(`record ${phone.heardFile}`);
      phone.#tell(`autoanswer ${options.autoAnswer === true ? 'enable' : 'disable'}`);
      await phone.waitForLog(/to \[LinphoneRegistrationOk\]/);
    } catch (error) {
      await phone.stop();
      throw error;
    }
    return phone;
  }

  get heardFile(): string {
    return join(this.folder, 'heard.wav');
  }

  dial(uri: string): void {
    this.#tell(`call ${uri}`);
  }

  answer(): void {
    this.#tell('answer');
  }

  hangup(): void {
    this.#tell('terminate');
  }

  /** A message (RFC 3428). */
  chat(uri: string, text: string): void {
    this.#tell(`chat ${uri} "${text}"`);
  }

  hold(): void {
    this.#tell('pause');
  }

  resume(): void {
    this.#tell('resume');
  }

  /** Blind. */
  transfer(uri: string): void {
    this.#tell(`transfer ${uri}`);
  }

  /** Attended: the far side of one call is to talk to that of the other; calls are numbered from 1. */
  transferToCall(one: number, other: number): void {
    this.#tell(`transfer ${one} --to-call ${other}`);
  }

  /** Each digit is a command of its own while a call is up. */
  sendDigits(digits: string): void {
    for (const digit of digits) this.#tell(digit);
  }

  mark(): number {
    this.#readLog();
    return this.#log.length;
  }

  waitForState(state: LinphoneCallState, options: { from?: number; withinMs?: number } = {}): Promise<RegExpExecArray> {
    return this.waitForLog(new RegExp(`CallSession.* to (?:state )?LinphoneCall${state}\\b`), options);
  }

  waitForLog(pattern: RegExp, options: { from?: number; withinMs?: number } = {}): Promise<RegExpExecArray> {
    const { from = 0, withinMs = 15_000 } = options;
    return waitFor(
      {
        what: `${this.name}'s log to say ${pattern}`,
        withinMs,
        tail: () => this.tail(),
        gone: () => this.process.gone(),
      },
      () => {
        this.#readLog();
        return pattern.exec(this.#log.slice(from)) ?? undefined;
      },
    );
  }

  said(from = 0): string {
    this.#readLog();
    return this.#log.slice(from);
  }

  /** Whole after the call's end: Linphone writes the header last. */
  heard(): Promise<Sound> {
    const wait = {
      what: `${this.name}'s finished recording`,
      tail: () => this.tail(),
      gone: () => this.process.gone(),
    };
    return waitFor(wait, () => {
      if (!existsSync(this.heardFile) || readFileSync(this.heardFile).toString('latin1', 0, 4) !== 'RIFF')
        return undefined;
      return readWav(this.heardFile);
    });
  }

  /** Until the growing recording holds about this much (8,000 samples a second, whose header is not written yet). */
  waitForHeard(lengthMs: number): Promise<unknown> {
    return this.waitForHeardBytes(44 + lengthMs * 16);
  }

  heardBytes(): number {
    return existsSync(this.heardFile) ? statSync(this.heardFile).size : 0;
  }

  waitForHeardBytes(bytes: number): Promise<unknown> {
    const wait = {
      what: `${bytes} bytes of sound at ${this.name}`,
      tail: () => this.tail(),
      gone: () => this.process.gone(),
    };
    return waitFor(wait, () => this.heardBytes() >= bytes);
  }

  tail(): string {
    const interesting = this.said()
      .split('\n')
      .filter((line) => !/mediastreamer|alsa|belle-sip-message-Changing/.test(line));
    return `--- last lines of ${this.name} (${this.#logFile})\n${interesting.slice(-40).join('\n')}\n---`;
  }

  async stop(): Promise<void> {
    this.#tell('quit');
    await this.process.stop({ signal: 'SIGTERM', withinMs: 3_000 });
  }

  #tell(line: string): void {
    this.process.write(`${line}\n`);
  }

  #readLog(): void {
    if (!existsSync(this.#logFile)) return;
    const handle = openSync(this.#logFile, 'r');
    const bytes = Buffer.alloc(1 << 20);
    for (;;) {
      const count = readSync(handle, bytes, 0, bytes.length, this.#readBytes);
      if (count === 0) break;
      this.#readBytes += count;
      this.#log += bytes.toString('latin1', 0, count);
    }
    closeSync(handle);
  }
}

function formatLinphonerc(options: LinphoneOptions, ports: { sipPort: number; rtpPort: number }): string {
  const { account, server, transport = 'udp', caFile } = options;
  const portOf = (one: SipTransport) => (one === transport ? ports.sipPort : 0);
  return [
    '[sip]',
    `sip_port=${portOf('udp')}`,
    `sip_tcp_port=${portOf('tcp')}`,
    `sip_tls_port=${portOf('tls')}`,
    'bind_address=127.0.0.1',
    'use_ipv6=0',
    'ipv6_migration_done=1',
    'register_only_when_network_is_up=0',
    'media_encryption=none',
    'default_proxy=0',
    'guess_hostname=0',
    `verify_server_certs=${caFile === undefined ? 0 : 1}`,
    'verify_server_cn=0',
    `100rel_support_level=${reliabilityLevels[options.reliability ?? 'off']}`,
    ...(caFile === undefined ? [] : [`root_ca=${caFile}`]),
    '[rtp]',
    'bind_address=127.0.0.1',
    `audio_rtp_port=${ports.rtpPort}`,
    'audio_adaptive_jitt_comp_enabled=0',
    '[sound]',
    'echocancellation=0',
    '[video]',
    'enabled=0',
    'automatically_initiate=0',
    'automatically_accept=0',
    '[misc]',
    'log_collection_state=0',
    '[proxy_0]',
    `reg_proxy=<sip:${server};transport=${transport}>`,
    `reg_route=<sip:${server};transport=${transport};lr>`,
    `reg_identity=sip:${account.username}@${account.domain}`,
    'reg_expires=600',
    'reg_sendregister=1',
    'publish=0',
    'avpf=0',
    '[auth_info_0]',
    `username=${account.username}`,
    `userid=${account.username}`,
    `passwd=${account.password}`,
    ...['PCMU', 'PCMA'].flatMap((mime, index) => [
      `[audio_codec_${index}]`,
      `mime=${mime}`,
      'rate=8000',
      'channels=1',
      'enabled=1',
    ]),
    ...[
      ['opus', 48_000],
      ['speex', 16_000],
      ['speex', 8_000],
      ['G729', 8_000],
    ].flatMap(([mime, rate], index) => [`[audio_codec_${index + 2}]`, `mime=${mime}`, `rate=${rate}`, 'enabled=0']),
    '',
  ].join('\n');
}
