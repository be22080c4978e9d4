/** The guards themselves: a capture with faults must be found faulty, else its silence about ours means nothing. */
import { createSocket } from 'node:dgram';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { Ports } from '../peers/ports.ts';
import { Tshark } from '../peers/tshark.ts';
import { expect, waitFor } from '../peers/wait.ts';

const goodOptions = [
  'OPTIONS sip:127.0.0.1 SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKcanary',
  'From: <sip:a@127.0.0.1>;tag=1',
  'To: <sip:127.0.0.1>',
  'Call-ID: canary',
  'CSeq: 1 OPTIONS',
  'Content-Length: 0',
  '',
  '',
].join('\r\n');
/** A sender report that says it is longer than it is. */
const cutReport = Buffer.from('81c8000c000000010000000000000000', 'hex');
/** SDP in which the media line has no port and no format. */
const badInvite = goodOptions
  .replaceAll('OPTIONS', 'INVITE')
  .replace(
    'Content-Length: 0\r\n\r\n',
    'Content-Type: application/sdp\r\nContent-Length: 17\r\n\r\nv=0\r\nm=\r\nb\r\nc=IN',
  );
const badSip = goodOptions.replace('CSeq: 1 OPTIONS', 'CSeq: x');

async function send(ports: Ports, packets: readonly (string | Buffer)[]): Promise<void> {
  const [sip, media] = [await ports.take('sip'), await ports.take('media', 2)];
  const socket = createSocket('udp4');
  await new Promise<void>((done) => socket.bind(media + 1, '127.0.0.1', () => done()));
  let sent = 0;
  for (const packet of packets) {
    const port = typeof packet === 'string' ? sip : media + 3;
    socket.send(packet, port, '127.0.0.1', () => {
      sent += 1;
    });
  }
  await waitFor({ what: 'the packets to be sent' }, () => sent === packets.length);
  socket.close();
}

async function verdictOf(context: CaseContext, name: string, packets: readonly (string | Buffer)[]) {
  const ports = new Ports();
  const folder = context.folderOf(name);
  const capture = context.keep(await Tshark.start({ folder, ports }));
  try {
    await send(ports, packets);
    await capture.waitForPackets(packets.length);
    await capture.stop();
    return await capture.verdict();
  } finally {
    ports.release();
  }
}

async function canary(context: CaseContext): Promise<void> {
  const good = await verdictOf(context, 'good', [goodOptions]);
  expect(good.sip === 1 && good.faults.length === 0, `a good OPTIONS: ${JSON.stringify(good)}`);
  for (const [name, packet] of [
    ['cut-rtcp', cutReport],
    ['bad-sdp', badInvite],
    ['bad-cseq', badSip],
  ] as const) {
    const bad = await verdictOf(context, name, [packet]);
    expect(bad.faults.length > 0 || bad.unknownMedia > 0, `${name} was not found: ${JSON.stringify(bad)}`);
  }
}

export const cases: readonly InteropCase[] = [
  { name: 'canary: tshark finds what is malformed', needs: ['tshark'], servers: ['ringdown', 'kamailio'], run: canary },
];
