/**
 * Ports of one run: a region of 4,000 below the ephemeral range that no other run on this machine uses, cut by what goes over
 * them, so that a capture of the region is a capture of the run and each part has one decoder. Blocks leave gaps: baresip
 * takes the port after its own as well.
 */
import { createSocket } from 'node:dgram';
import { closeSync, existsSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from './wait.ts';

export type PortUse = 'sip' | 'tls' | 'control' | 'media';

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const regionSize = 4_000;
const regionFirst = 10_000;
const regions = 5;
const parts: Readonly<Record<PortUse, readonly [offset: number, size: number]>> = {
  sip: [0, 400],
  tls: [400, 200],
  control: [600, 200],
  media: [800, 3_200],
};

export class Ports {
  readonly region: PortRange;
  readonly #next: Record<PortUse, number>;
  readonly #lockFile: string;

  constructor() {
    const index = [...Array(regions).keys()].find((one) => lock(lockFileOf(one)));
    if (index === undefined) fail(`all ${regions} port regions are in use by other runs`);
    this.#lockFile = lockFileOf(index);
    const first = regionFirst + index * regionSize;
    this.region = { first, last: first + regionSize - 1 };
    this.#next = { sip: first, tls: first + 400, control: first + 600, media: first + 800 };
    process.once('exit', () => this.release());
  }

  rangeOf(use: PortUse): PortRange {
    const [offset, size] = parts[use];
    const first = this.region.first + offset;
    return { first, last: first + size - 1 };
  }

  /** The first of `count` free ports in a row, at an even number; one stays free after them. Goes round when all were used. */
  async take(use: PortUse, count = 1): Promise<number> {
    const { first, last } = this.rangeOf(use);
    const step = count + 1 + ((count + 1) % 2);
    for (let turns = 0; turns < 2; turns += 1) {
      while (this.#next[use] + step - 1 <= last) {
        const port = this.#next[use];
        this.#next[use] += step;
        const checked = count > 40 ? [port, port + count - 1] : [...Array(count).keys()].map((at) => port + at);
        const free = await Promise.all(checked.map(isFree));
        if (free.every(Boolean)) return port;
      }
      this.#next[use] = first;
    }
    return fail(`no ${count} free ${use} ports left in ${first}-${last}`);
  }

  release(): void {
    if (existsSync(this.#lockFile) && readFileSync(this.#lockFile, 'utf8') === String(process.pid)) {
      unlinkSync(this.#lockFile);
    }
  }
}

function lockFileOf(index: number): string {
  return join(tmpdir(), `ringdown-interop-ports-${index}`);
}

function lock(file: string): boolean {
  if (existsSync(file) && !alive(Number(readFileSync(file, 'utf8')))) unlinkSync(file);
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch {
    return false;
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function isFree(port: number): Promise<boolean> {
  return (await udpIsFree(port)) && (await tcpIsFree(port));
}

function udpIsFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = createSocket('udp4');
    socket.once('error', () => done(false));
    socket.bind(port, '127.0.0.1', () => socket.close(() => done(true)));
  });
}

function tcpIsFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
