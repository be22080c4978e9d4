/** Asks a SIP server for OPTIONS over UDP until it answers with anything: the sign that it stands. */
import { createSocket } from 'node:dgram';
import { type Wait, waitFor } from './wait.ts';

export interface OptionsWait extends Omit<Wait, 'what'> {
  /** Default: 100. Whoever measures how long a start takes asks more often. */
  readonly askEveryMs?: number;
}

/** The first answer, as text; resolves when it arrives. */
export async function answersOptions(port: number, { askEveryMs = 100, ...wait }: OptionsWait): Promise<string> {
  const socket = createSocket('udp4');
  let asked = 0;
  let asking: NodeJS.Timeout | undefined;
  socket.on('error', () => undefined);
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', () => done()));
  const own = socket.address().port;
  const ask = () => {
    asked += 1;
    socket.send(formatOptions(port, own, asked), port, '127.0.0.1');
  };
  try {
    const answer = new Promise<string>((done) => socket.once('message', (bytes) => done(bytes.toString('latin1'))));
    asking = setInterval(ask, askEveryMs);
    ask();
    let text: string | undefined;
    void answer.then((one) => {
      text = one;
    });
    // Whichever is first: what fails is the wait alone, by its bound or the server's end.
    return await Promise.race([answer, waitFor({ what: `answer to OPTIONS from port ${port}`, ...wait }, () => text)]);
  } finally {
    clearInterval(asking);
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
