/** Debian's name server nsd with one zone, on loopback. Answers with short lives, so that a changed zone is seen soon. */

import { Resolver } from 'node:dns/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PeerProcess } from './peer-process.ts';
import type { Ports } from './ports.ts';
import { waitFor } from './wait.ts';

export interface NsdOptions {
  readonly folder: string;
  readonly ports: Ports;
  readonly zone: string;
  /** Records of the zone, one a line: `live A 127.0.0.1`. */
  readonly records: readonly string[];
}

export class Nsd {
  /** As `sip.dnsServers` wants it. */
  readonly address: string;
  readonly #process: PeerProcess;

  private constructor(process: PeerProcess, address: string) {
    this.#process = process;
    this.address = address;
  }

  static async start({ folder, ports, zone, records }: NsdOptions): Promise<Nsd> {
    const own = join(folder, 'nsd');
    mkdirSync(own, { recursive: true });
    const port = await ports.take('control');
    const soa = `@ 5 IN SOA ns.${zone}. root.${zone}. 1 60 60 60 5`;
    const lines = [`$ORIGIN ${zone}.`, '$TTL 5', soa, '@ NS ns', 'ns A 127.0.0.1', ...records, ''];
    writeFileSync(join(own, 'zone'), lines.join('\n'));
    const config = [
      'server:',
      `  ip-address: 127.0.0.1@${port}`,
      '  do-ip6: no',
      '  server-count: 1',
      '  username: ""',
      '  database: ""',
      `  zonesdir: "${own}"`,
      `  pidfile: "${own}/pid"`,
      `  xfrdfile: "${own}/xfrd"`,
      `  zonelistfile: "${own}/zones"`,
      `  xfrdir: "${own}"`,
      'remote-control:',
      '  control-enable: no',
      'zone:',
      `  name: "${zone}"`,
      '  zonefile: "zone"',
      '',
    ];
    writeFileSync(join(own, 'conf'), config.join('\n'));
    const process = new PeerProcess({
      name: 'nsd',
      command: 'nsd',
      args: ['-d', '-c', join(own, 'conf')],
      folder: own,
    });
    const nsd = new Nsd(process, `127.0.0.1:${port}`);
    const resolver = new Resolver({ timeout: 200, tries: 1 });
    resolver.setServers([nsd.address]);
    const answers = async (): Promise<boolean> => (await resolver.resolve4(`ns.${zone}`).catch(() => [])).length > 0;
    await waitFor({ what: 'nsd to answer', withinMs: 5_000, tail: () => process.tail() }, answers);
    return nsd;
  }

  async stop(): Promise<void> {
    await this.#process.stop();
  }
}
