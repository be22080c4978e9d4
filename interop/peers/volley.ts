/**
 * All that a stranger can throw at a server, at once and over every transport: messages of the torture tests and mutations of them, bombs, half messages that trickle,
 * half handshakes, forged answers. Seeded, so that a volley can be thrown again. Nothing of it is answered or awaited.
 */
import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { messages, streams } from '../../tools/fuzz/corpus.ts';
import { mutate } from '../../tools/fuzz/mutate.ts';
import { SeededRandom } from '../../tools/fuzz/seeded-random.ts';

export interface VolleyTarget {
  readonly host: string;
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly tlsPort: number;
  readonly wsPort: number;
}

export interface Volley {
  readonly datagrams: number;
  readonly connections: number;
  /** What came back over UDP: octets for each octet that was sent. */
  readonly amplification: number;
}

const datagrams = 3_000;
const connectionsOfEach = 40;

export async function throwVolley(target: VolleyTarget, seed: number): Promise<Volley> {
  const random = new SeededRandom(seed);
  const sockets = openConnections(target, random);
  const amplification = await throwDatagrams(target, random);
  for (const socket of sockets) socket.destroy();
  return { datagrams, connections: sockets.length, amplification };
}

async function throwDatagrams({ host, udpPort }: VolleyTarget, random: SeededRandom): Promise<number> {
  const socket = createSocket('udp4');
  let received = 0;
  let sent = 0;
  socket.on('error', () => undefined);
  socket.on('message', ({ length }) => {
    received += length;
  });
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', () => done()));
  const { port } = socket.address();
  const bombs = bombsFrom(port);
  for (let at = 0; at < datagrams; at += 1) {
    const text = at % 20 === 0 ? random.pick(bombs) : mutate(random.pick(messages), random.pick(messages), random);
    // Answers are to come back here and nowhere else.
    const bytes = Buffer.from(
      text.replace(/^(v|via)\s*:\s*SIP\/2\.0\/UDP [^;\r,]*/gim, `$1: SIP/2.0/UDP 127.0.0.1:${port}`),
      'latin1',
    );
    socket.send(bytes, udpPort, host);
    sent += bytes.length;
    if (at % 50 === 49) await pause(10);
  }
  await pause(1_500);
  socket.close();
  return received / sent;
}

function bombsFrom(port: number): string[] {
  const branch = () => `z9hG4bK${Math.trunc(performance.now() * 1e6)}`;
  const head = (method: string, more: string) =>
    `${method} sip:2001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${port};branch=${branch()}\r\n${more}Max-Forwards: 70\r\n` +
    `From: <sip:2001@127.0.0.1>;tag=x\r\nTo: <sip:2001@127.0.0.1>\r\nCall-ID: ${branch()}\r\nCSeq: 1 ${method}\r\n`;
  const body = 'Content-Length: 0\r\n\r\n';
  const digest =
    'Digest username="2001", realm="127.0.0.1", nonce="x", uri="sip:127.0.0.1", response="00", qop=auth, nc=00000001, cnonce="y"';
  return [
    head('INVITE', `Via: ${'SIP/2.0/UDP h;branch=z9hG4bKx, '.repeat(1_500)}SIP/2.0/UDP h\r\n`) + body,
    head('OPTIONS', 'Via: SIP/2.0/UDP h\r\n'.repeat(2_000)) + body,
    head('INVITE', 'X: y\r\n'.repeat(5_000)) + body,
    `${head('INVITE', '')}Contact: <sip:a@b>${';a=b'.repeat(5_000)}\r\n${body}`,
    `${head('REGISTER', '')}Contact: ${'<sip:a@b>, '.repeat(3_000)}<sip:a@b>\r\n${body}`,
    `${head('REGISTER', '')}${`Authorization: ${digest}\r\n`.repeat(200)}${body}`,
    head('INVITE', '').replace('sip:2001@', `sip:${'1'.repeat(20_000)}@`) + body,
    `${head('INVITE', '')}Content-Length: 999999999\r\n\r\nv=0`,
    `${head('INVITE', '')}Content-Length: -1\r\n\r\nv=0`,
    head('INVITE', '').replace('Max-Forwards: 70', 'Max-Forwards: 0') + body,
    head('INVITE', '').replace('tag=x', 'tag=x\0') + body,
    `${head('MESSAGE', '')}Subject: ${'\xff\xc0\x80'.repeat(3_000)}\r\n${body}`,
    head('CANCEL', '') + body,
    head('ACK', '') + body,
    `${head('INVITE', '').replace(/^INVITE.*\r\n/, 'SIP/2.0 200 OK\r\n')}Contact: <sip:victim@127.0.0.1:9>\r\n${body}`,
    '\r\n\r\n',
    '\0'.repeat(1_000),
  ];
}

/** Each is left open with something unfinished; the server is to end it, not we. */
function openConnections({ host, tcpPort, tlsPort, wsPort }: VolleyTarget, random: SeededRandom): Socket[] {
  const tlsHello = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03';
  const upgrade = 'GET / HTTP/1.1\r\nHost: x\r\nX-Never: ';
  const openings: [port: number, text: () => string][] = [
    [tcpPort, () => ''],
    [tcpPort, () => mutate(random.pick(streams), random.pick(streams), random)],
    [tcpPort, () => 'INVITE sip:2001@127.0.0.1 SIP/2.0\r\nX: '],
    [tcpPort, () => `INVITE sip:a@b SIP/2.0\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(50_000)}`],
    [tcpPort, () => '\r\n'.repeat(5_000)],
    [tlsPort, () => ''],
    [tlsPort, () => tlsHello],
    [tlsPort, () => 'OPTIONS sip:a@b SIP/2.0\r\n\r\n'],
    [wsPort, () => ''],
    [wsPort, () => upgrade],
    [wsPort, () => 'OPTIONS sip:a@b SIP/2.0\r\n\r\n'],
  ];
  return openings.flatMap(([port, text]) =>
    Array.from({ length: connectionsOfEach }, () => {
      const socket = connect(port, host);
      socket.on('error', () => undefined);
      socket.resume();
      socket.write(Buffer.from(text(), 'latin1'));
      return socket;
    }),
  );
}
