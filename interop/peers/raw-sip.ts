/** Requests written by hand over UDP, as a scanner writes them; no transaction layer, each answer as it came. */
import { createSocket } from 'node:dgram';
import { waitFor } from './wait.ts';

export interface RawRequest {
  readonly method: 'INVITE' | 'REGISTER' | 'OPTIONS' | 'MESSAGE';
  readonly uri: string;
  readonly from: string;
  readonly to: string;
  readonly port: number;
  readonly maxForwards?: number;
  readonly headers?: readonly string[];
}

export interface RawAnswer {
  readonly status: number;
  readonly text: string;
  /** Names in order, and what of the values is no accident: nonces, tags, branches, dates and the user's name are taken out. */
  readonly shape: string;
}

let asked = 0;

/** The final answer; an INVITE's failure is acknowledged. */
export async function ask(request: RawRequest): Promise<RawAnswer> {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  const answers: string[] = [];
  socket.on('message', (bytes) => answers.push(bytes.toString('latin1')));
  await new Promise<void>((done) => socket.bind(0, '127.0.0.1', () => done()));
  asked += 1;
  const id = `${socket.address().port}-${asked}`;
  const text = format(request, id, socket.address().port);
  socket.send(text, request.port, '127.0.0.1');
  try {
    const last = await waitFor(
      { what: `a final answer to ${request.method} ${request.uri}`, tail: () => answers.join('\n') },
      () => answers.find((answer) => !answer.startsWith('SIP/2.0 1')),
    );
    if (request.method === 'INVITE') socket.send(formatAck(request, id, last), request.port, '127.0.0.1');
    return { status: Number(last.slice(8, 11)), text: last, shape: shapeOf(last, request) };
  } finally {
    socket.close();
  }
}

function format(request: RawRequest, id: string, own: number): string {
  const { method, uri, from, to, maxForwards = 70, headers = [] } = request;
  return [
    `${method} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${own};branch=z9hG4bKraw${id};rport`,
    `Max-Forwards: ${maxForwards}`,
    `From: <${from}>;tag=raw${id}`,
    `To: <${to}>`,
    `Call-ID: raw-${id}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:scanner@127.0.0.1:${own}>`,
    'User-Agent: friendly-scanner',
    ...headers,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

function formatAck(request: RawRequest, id: string, answer: string): string {
  const to = /^To:.*$/im.exec(answer)?.[0] ?? `To: <${request.to}>`;
  return format({ ...request }, id, 0)
    .replace(/^INVITE/, 'ACK')
    .replace('CSeq: 1 INVITE', 'CSeq: 1 ACK')
    .replace(/^To:.*$/m, to)
    .replace(/^Via:.*$/m, /^Via:.*$/m.exec(answer)?.[0].replace(/;(rport=\d+|received=[^;\r]+)/g, '') ?? 'Via:');
}

function shapeOf(answer: string, { from, to, uri }: RawRequest): string {
  return answer
    .split('\r\n')
    .map((line) => (/^(via|v|call-id|i|date):?/i.test(line) ? line.slice(0, line.indexOf(':')) : line))
    .join('\n')
    .replaceAll(from, 'WHO')
    .replaceAll(to, 'WHO')
    .replaceAll(uri, 'WHO')
    .replaceAll(/;tag=[^;\n]*/g, ';tag')
    .replaceAll(/(nonce|opaque)="[^"]*"/g, '$1');
}
