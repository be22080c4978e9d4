/** Asks a SIP server for OPTIONS over UDP until it answers with anything: the sign that it stands. */
import { createSocket } from 'node:dgram';
import { waitFor } from './wait.ts';

export async function answersOptions(
  port: number,
  wait: { tail: () => string; gone: () => string | undefined },
): Promise<string> {
  const socket = createSocket('udp4');
  let answer: string | undefined;
  let asked = 0;
  socket.on('message', (bytes) => {
    answer = bytes.toString('latin1');
  });
  socket.on('error', () => undefined);
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', () => done()));
  const own = socket.address().port;
  try {
    return await waitFor({ what: `an answer to OPTIONS from port ${port}`, ...wait }, () => {
      asked += 1;
      if (answer === undefined && asked % 5 === 1) socket.send(formatOptions(port, own, asked), port, '127.0.0.1');
      return answer;
    });
  } finally {
    socket.close();
  }
}

function formatOptions(port: number, own: number, number: number): string {
  return [
    `OPTIONS sip:127.0.0.1:${port} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bKprobe${own}-${number};rport`,
    'Max-Forwards: 70',
    `From: <sip:probe@127.0.0.1>;tag=${own}`,
    `To: <sip:127.0.0.1:${port}>`,
    `Call-ID: probe-${own}-${number}@127.0.0.1`,
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}
