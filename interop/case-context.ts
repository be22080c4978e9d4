/** What a case is given: its folder, ports, the server, and phones that are stopped for sure when the case ends. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Baresip, type BaresipOptions } from './peers/baresip.ts';
import type { SipTransport } from './peers/baresip-config.ts';
import { Linphone, type LinphoneOptions } from './peers/linphone.ts';
import type { Ports } from './peers/ports.ts';
import { Sipp, type SippOptions } from './peers/sipp.ts';
import type { ServerKind, ServerUnderTest, TrunkInput, User } from './server-under-test.ts';
import { writeTone } from './sound/tone.ts';

export interface InteropCase {
  readonly name: string;
  /** Programs that must be installed. */
  readonly needs: readonly string[];
  /** Servers on which it can be run; Ringdown without it. */
  readonly servers?: readonly ServerKind[];
  readonly withinMs?: number;
  run(context: CaseContext): Promise<void>;
}

interface Stoppable {
  stop(): Promise<unknown>;
}

export interface PhoneChoice {
  readonly name: string;
  readonly user?: User;
  readonly transport?: SipTransport;
  readonly toneHz?: number;
  readonly answering?: 'manual' | 'auto' | 'early';
  readonly codecs?: readonly string[];
}

/** What each phone says, unless it shall say something else. */
export const toneLevelDbfs = -10;

export class CaseContext {
  readonly folder: string;
  readonly ports: Ports;
  readonly server: ServerUnderTest;
  readonly #started: Stoppable[] = [];

  constructor(options: { folder: string; ports: Ports; server: ServerUnderTest }) {
    this.folder = options.folder;
    this.ports = options.ports;
    this.server = options.server;
    mkdirSync(this.folder, { recursive: true });
  }

  /** The same case against another server; what it starts ends with this one. */
  on(server: ServerUnderTest): CaseContext {
    return this.keep(new CaseContext({ folder: this.folder, ports: this.ports, server }));
  }

  /** Stops it with the case. */
  keep<T extends Stoppable>(peer: T): T {
    this.#started.push(peer);
    return peer;
  }

  /** A trunk of this case alone. All that is here comes from one address: what a trunk sends, and what a stranger does, who must not be taken for it in a later case. */
  async trunk(input: TrunkInput): Promise<void> {
    await this.server.addTrunk(input);
    this.keep({ stop: () => this.server.deleteTrunk(input) });
  }

  folderOf(name: string): string {
    const folder = join(this.folder, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  serverAddress(transport: SipTransport): string {
    const { host, udpPort, tcpPort, tlsPort } = this.server;
    return `${host}:${{ udp: udpPort, tcp: tcpPort, tls: tlsPort }[transport]}`;
  }

  uriOf(user: User | string): string {
    return `sip:${typeof user === 'string' ? user : user.extension}@${this.server.domain}`;
  }

  /** A registered baresip of a new user that says a tone of its own. */
  async baresip(choice: PhoneChoice, more: Partial<BaresipOptions> = {}): Promise<{ phone: Baresip; user: User }> {
    const { name, transport = 'udp', toneHz = 440 } = choice;
    const user = choice.user ?? (await this.server.addUser());
    const phone = await Baresip.start({
      name,
      folder: this.folder,
      ports: this.ports,
      account: user,
      transport,
      server: this.serverAddress(transport),
      source: `aufile,${this.toneFile(toneHz)}`,
      answering: choice.answering ?? 'manual',
      codecs: choice.codecs ?? ['pcmu', 'pcma'],
      ...(transport === 'tls' ? { caFile: this.server.caFile } : {}),
      ...more,
    });
    return { phone: this.keep(phone), user };
  }

  async linphone(choice: PhoneChoice, more: Partial<LinphoneOptions> = {}): Promise<{ phone: Linphone; user: User }> {
    const { name, transport = 'udp', toneHz = 620 } = choice;
    const user = choice.user ?? (await this.server.addUser());
    const phone = await Linphone.start({
      name,
      folder: this.folder,
      ports: this.ports,
      account: user,
      transport,
      server: this.serverAddress(transport),
      toneFile: this.toneFile(toneHz),
      autoAnswer: choice.answering === 'auto',
      ...(transport === 'tls' ? { caFile: this.server.caFile } : {}),
      ...more,
    });
    return { phone: this.keep(phone), user };
  }

  async sipp(options: Omit<SippOptions, 'folder' | 'ports'>): Promise<Sipp> {
    return this.keep(await Sipp.start({ ...options, folder: this.folder, ports: this.ports }));
  }

  toneFile(toneHz: number): string {
    const file = join(this.folder, `tone-${toneHz}.wav`);
    writeTone(file, toneHz, { lengthSec: 60, levelDbfs: toneLevelDbfs });
    return file;
  }

  stop(): Promise<void> {
    return this.end();
  }

  async end(): Promise<void> {
    await Promise.allSettled(this.#started.reverse().map((one) => one.stop()));
  }
}
