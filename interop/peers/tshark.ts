/**
 * tshark: captures the run's port region on the loopback, and after the stop reads the capture with the decoders that belong to
 * each part of the region. Malformed packets and expert errors are listed; so that a blind reading cannot pass, the number of
 * SIP, RTP and RTCP packets it understood is given as well.
 */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PeerProcess, run } from './peer-process.ts';
import type { Ports } from './ports.ts';
import { expect, fail, waitFor } from './wait.ts';

export interface CaptureVerdict {
  readonly frames: number;
  readonly sip: number;
  readonly rtp: number;
  readonly rtcp: number;
  /** On media ports, understood as neither. */
  readonly unknownMedia: number;
  /** `frame protocol message` of each malformed packet or expert error. */
  readonly faults: readonly string[];
}

export class Tshark {
  readonly file: string;
  readonly process: PeerProcess;
  readonly #folder: string;
  readonly #ports: Ports;

  private constructor(options: { folder: string; ports: Ports }) {
    this.#folder = options.folder;
    this.#ports = options.ports;
    this.file = join(options.folder, 'run.pcapng');
    const { first, last } = options.ports.region;
    const args = ['-i', 'lo', '-f', `portrange ${first}-${last}`, '-B', '32', '-q', '-w', this.file];
    this.process = new PeerProcess({ name: 'tshark-capture', command: 'tshark', args, folder: options.folder });
  }

  static async start(options: { folder: string; ports: Ports }): Promise<Tshark> {
    const capture = new Tshark(options);
    await capture.process.waitForOutput(/Capture started/);
    return capture;
  }

  /** What was sent last may not be written yet: until the file stands still no verdict is whole. */
  async waitForPackets(count: number): Promise<void> {
    let asked = 0;
    let seen = 0;
    let asking = false;
    await waitFor({ what: `${count} captured packets`, tail: () => this.process.tail() }, () => {
      if (!asking && seen < count && existsSync(this.file) && statSync(this.file).size > 0) {
        asking = true;
        asked += 1;
        const args = ['-n', '-r', this.file, '-T', 'fields', '-e', 'frame.number'];
        run({ name: `tshark-look-${asked}`, command: 'tshark', args, folder: this.#folder })
          .then((look) => {
            seen = linesOf(look.output).filter((line) => /^\d+$/.test(line)).length;
          })
          .catch(() => undefined)
          .finally(() => {
            asking = false;
          });
      }
      return seen >= count;
    });
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === undefined) await this.process.stop({ signal: 'SIGINT', withinMs: 10_000 });
  }

  /** Call after `stop`. */
  async verdict(): Promise<CaptureVerdict> {
    if (!existsSync(this.file) || statSync(this.file).size === 0)
      fail(`tshark captured nothing\n${this.process.tail()}`);
    const counted = await this.#count();
    const media = this.#ports.rangeOf('media');
    const text = await this.#read('-Y', '_ws.malformed || _ws.expert.severity == "Error"', ...fieldsOf(faultFields));
    const faults = linesOf(text).filter((line) => !isForeign(line));
    const onMedia = `udp.port in {${media.first}..${media.last}}`;
    const strangers = await this.#read(
      '-Y',
      `${onMedia} && !rtp && !rtcp && !icmp && !stun`,
      ...fieldsOf(['frame.number']),
    );
    return { ...counted, unknownMedia: linesOf(strangers).length, faults };
  }

  /** Every DSCP that packets have which a display filter finds. Call after `stop`. */
  async marksOf(filter: string): Promise<string[]> {
    const found = linesOf(await this.#read('-Y', filter, ...fieldsOf(['ip.dsfield.dscp'])));
    return [...new Set(found)].sort();
  }

  async #count(): Promise<{ frames: number; sip: number; rtp: number; rtcp: number }> {
    const text = await this.#read(...fieldsOf(['frame.protocols']));
    const stacks = linesOf(text);
    const having = (name: string) => stacks.filter((stack) => stack.split(':').includes(name)).length;
    return { frames: stacks.length, sip: having('sip'), rtp: having('rtp'), rtcp: having('rtcp') };
  }

  async #read(...args: string[]): Promise<string> {
    const [sip, tls] = [this.#ports.rangeOf('sip'), this.#ports.rangeOf('tls')];
    const decoders = [
      ...['-d', `udp.port==${sip.first}-${sip.last},sip`, '-d', `tcp.port==${sip.first}-${sip.last},sip`],
      ...['-d', `tcp.port==${tls.first}-${tls.last},tls`],
      ...['--enable-heuristic', 'rtp_udp', '--enable-heuristic', 'rtcp_udp'],
      // Its reader of VP8 trips over pictures that are no key frames, as they leave the phone that made them.
      ...['--disable-protocol', 'vp8'],
    ];
    const reading = await run(
      {
        name: 'tshark-read',
        command: 'tshark',
        args: ['-n', '-r', this.file, ...decoders, ...args],
        folder: this.#folder,
      },
      120_000,
    );
    expect(reading.exitCode === 0, `tshark could not read the capture\n${reading.tail()}`);
    return reading.output;
  }
}

const faultFields = [
  'frame.number',
  'frame.protocols',
  '_ws.expert.message',
  'udp.srcport',
  'udp.dstport',
  'tcp.srcport',
  'tcp.dstport',
];

function fieldsOf(names: readonly string[]): string[] {
  return ['-T', 'fields', ...names.flatMap((name) => ['-e', name])];
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('Running as user'));
}

/** Not about SIP, RTP or RTCP: a TCP reset is an expert error to some versions. */
function isForeign(line: string): boolean {
  return !/:(sip|sdp|rtp|rtcp|rtpevent)\b/.test(line);
}
