/**
 * Kamailio with one of the configurations of interop/kamailio: names in capitals there are filled in here. Allocator `fm`, as
 * the default one is a third of its CPU.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { answersOptions } from './options-probe.ts';
import { PeerProcess } from './peer-process.ts';
import type { Ports } from './ports.ts';

export interface KamailioOptions {
  readonly name: string;
  readonly folder: string;
  readonly ports: Ports;
  readonly config: 'registrar' | 'trunk';
  readonly workers?: number;
  /** Chosen where there is none. */
  readonly sipPort?: number;
  /** `#!define`s: NO_AUTH, WITH_AUTH. */
  readonly defines?: readonly string[];
  readonly password?: string;
  readonly certificates?: { readonly caFile: string; readonly certFile: string; readonly keyFile: string };
  /** Where calls to the outside end. */
  readonly farPort?: number;
  /** The port of the server under test, for `trunk`. */
  readonly usPort?: number;
}

export class Kamailio {
  readonly process: PeerProcess;
  readonly sipPort: number;
  readonly tlsPort: number;

  private constructor(process: PeerProcess, sipPort: number, tlsPort: number) {
    this.process = process;
    this.sipPort = sipPort;
    this.tlsPort = tlsPort;
  }

  static async start(options: KamailioOptions): Promise<Kamailio> {
    const { name, ports, certificates, defines = [], password = 'kamailio-secret' } = options;
    const folder = join(options.folder, name);
    mkdirSync(join(folder, 'run'), { recursive: true });
    const [sipPort, tlsPort] = [options.sipPort ?? (await ports.take('sip')), await ports.take('tls')];
    const tlsConfig = join(folder, 'tls.cfg');
    if (certificates !== undefined) writeFileSync(tlsConfig, formatTls(certificates));
    const values: Readonly<Record<string, string>> = {
      SIP_PORT: String(sipPort),
      TLS_PORT: String(tlsPort),
      TLS_CONFIG: tlsConfig,
      WORKERS: String(options.workers ?? 1),
      PASSWORD: password,
      US_PORT: String(options.usPort ?? 0),
      FAR_PORT: String(options.farPort ?? 0),
    };
    const wanted = [...defines, ...(certificates === undefined ? [] : ['WITH_TLS'])];
    const template = readFileSync(new URL(`../kamailio/${options.config}.cfg`, import.meta.url), 'utf8');
    const filled = template
      .split('\n')
      .map((line) =>
        line.startsWith('#!') ? line : line.replace(/\b[A-Z]+_?[A-Z]+\b/g, (word) => values[word] ?? word),
      )
      .join('\n')
      .replace('#!KAMAILIO\n', `#!KAMAILIO\n${wanted.map((word) => `#!define ${word}\n`).join('')}`)
      .replaceAll('#!ifdef FAR_PORT', options.farPort === undefined ? '#!ifdef NO_FAR' : '#!ifndef NO_FAR');
    const file = join(folder, 'kamailio.cfg');
    writeFileSync(file, filled);
    const args = ['-f', file, '-DD', '-E', '-m', '256', '-M', '16', '-x', 'fm', '-X', 'fm', '-Y', join(folder, 'run')];
    const process = new PeerProcess({ name, command: 'kamailio', args, folder });
    const kamailio = new Kamailio(process, sipPort, tlsPort);
    try {
      await kamailio.#waitUntilListening();
    } catch (error) {
      await kamailio.stop();
      throw error;
    }
    return kamailio;
  }

  async stop(): Promise<void> {
    await this.process.stop({ withinMs: 5_000 });
  }

  /** Kamailio says nothing when it is ready: it answers an OPTIONS then. */
  async #waitUntilListening(): Promise<void> {
    await answersOptions(this.sipPort, { tail: () => this.process.tail(), gone: () => this.process.gone() });
  }
}

function formatTls(files: { caFile: string; certFile: string; keyFile: string }): string {
  const common = ['method = TLSv1.2+', 'verify_certificate = no', 'require_certificate = no'];
  const server = [`private_key = ${files.keyFile}`, `certificate = ${files.certFile}`];
  return ['[server:default]', ...common, ...server, '[client:default]', ...common, ''].join('\n');
}
