/** A HEP3 collector on the loopback: takes packets apart, chunk by chunk, as Homer does (vendor 0; type, length, value; big endian). */
import { createSocket, type Socket } from 'node:dgram';
import { fail } from './wait.ts';

export interface HepPacket {
  readonly from: string;
  readonly to: string;
  readonly utcMs: number;
  readonly correlation: string;
  readonly payload: string;
}

export class HepCollector {
  readonly packets: HepPacket[] = [];
  readonly #socket: Socket = createSocket('udp4');

  static async start(): Promise<HepCollector> {
    const collector = new HepCollector();
    collector.#socket.on('message', (bytes) => collector.packets.push(decodeHep(bytes)));
    await new Promise<void>((done) => collector.#socket.bind(0, '127.0.0.1', () => done()));
    return collector;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  async stop(): Promise<void> {
    await new Promise<void>((done) => this.#socket.close(() => done()));
  }
}

export function decodeHep(bytes: Buffer): HepPacket {
  if (bytes.toString('latin1', 0, 4) !== 'HEP3' || bytes.readUInt16BE(4) !== bytes.length)
    fail('this is no HEP3 packet');
  const chunks = new Map<number, Buffer>();
  for (let at = 6; at < bytes.length; ) {
    const length = bytes.readUInt16BE(at + 4);
    if (bytes.readUInt16BE(at) !== 0 || length < 6 || at + length > bytes.length) fail('a chunk does not fit');
    chunks.set(bytes.readUInt16BE(at + 2), bytes.subarray(at + 6, at + length));
    at += length;
  }
  const chunk = (type: number) => chunks.get(type) ?? fail(`chunk ${type} is missing`);
  const address = (ip: number, port: number) => `${chunk(ip).join('.')}:${chunk(port).readUInt16BE(0)}`;
  return {
    from: address(3, 7),
    to: address(4, 8),
    utcMs: chunk(9).readUInt32BE(0) * 1000 + chunk(10).readUInt32BE(0) / 1000,
    correlation: chunk(17).toString('utf8'),
    payload: chunk(15).toString('utf8'),
  };
}
