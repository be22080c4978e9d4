/**
 * Calls at a rate that the server may not be able to carry, from one UDP socket to another, by a clock and not by the answers (an open loop): each INVITE is
 * repeated by RFC 3261's timer A, answered, acknowledged and hung up at once. Counts what became of each, and when its final answer came.
 */
import { createSocket, type Socket } from 'node:dgram';

export interface GeneratorOptions {
  readonly callerPort: number;
  readonly calleePort: number;
  readonly serverPort: number;
  readonly number: string;
}

export interface Offered {
  readonly offered: number;
  /** Answered, and hung up with an answer to that. */
  readonly good: number;
  /** Told 503. */
  readonly refused: number;
  /** Of those that were answered 200, from the first INVITE on. */
  readonly answerMs: readonly number[];
}

interface Call {
  readonly startMs: number;
  readonly invite: string;
  repeatMs: number;
  nextMs: number;
  isAnswered: boolean;
}

const giveUpMs = 8_000;

export class CallGenerator {
  readonly #options: GeneratorOptions;
  readonly #caller: Socket = createSocket({ type: 'udp4', recvBufferSize: 4_194_304 });
  readonly #callee: Socket = createSocket({ type: 'udp4', recvBufferSize: 4_194_304 });
  readonly #calls = new Map<string, Call>();
  #lastCall = 0;
  #good = 0;
  #refused = 0;
  #answerMs: number[] = [];

  constructor(options: GeneratorOptions) {
    this.#options = options;
    this.#caller.on('message', (bytes) => this.#answered(bytes.toString('latin1')));
    this.#callee.on('message', (bytes, { port }) => this.#called(bytes.toString('latin1'), port));
  }

  async open(): Promise<void> {
    const bound = (socket: Socket, port: number) =>
      new Promise<void>((resolve) => {
        socket.bind(port, '127.0.0.1', resolve);
      });
    await bound(this.#caller, this.#options.callerPort);
    await bound(this.#callee, this.#options.calleePort);
  }

  close(): void {
    this.#caller.close();
    this.#callee.close();
  }

  /** So many calls a second for so long; resolves when the last is over, or given up. */
  async offer(rate: number, seconds: number): Promise<Offered> {
    [this.#good, this.#refused, this.#answerMs] = [0, 0, []];
    const total = rate * seconds;
    const startMs = performance.now();
    let made = 0;
    await new Promise<void>((resolve) => {
      const tick = setInterval(() => {
        const nowMs = performance.now();
        for (const due = Math.min(total, ((nowMs - startMs) / 1000) * rate); made < due; made++) this.#call(nowMs);
        this.#repeat(nowMs);
        if (made < total || (this.#calls.size > 0 && nowMs < startMs + seconds * 1000 + giveUpMs)) return;
        clearInterval(tick);
        resolve();
      }, 2);
    });
    this.#calls.clear();
    return { offered: total, good: this.#good, refused: this.#refused, answerMs: this.#answerMs.sort((a, b) => a - b) };
  }

  #call(nowMs: number): void {
    const id = `${++this.#lastCall}-${this.#options.callerPort}`;
    const { callerPort, calleePort } = this.#options;
    const body = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${calleePort} RTP/AVP 0\r\n`;
    const invite = `${this.#head('INVITE', id, 1, '')}Contact: <sip:load@127.0.0.1:${callerPort}>\r\nContent-Type: application/sdp\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    this.#calls.set(id, { startMs: nowMs, invite, repeatMs: 500, nextMs: nowMs + 500, isAnswered: false });
    this.#send(invite);
  }

  #head(method: string, id: string, cseq: number, toTag: string, uri?: string): string {
    const { callerPort, number } = this.#options;
    const branch = method === 'ACK' && uri === undefined ? `INVITE${id}` : `${method}${id}`;
    return (
      `${method} ${uri ?? `sip:${number}@127.0.0.1`} SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:${callerPort};branch=z9hG4bK${branch}\r\n` +
      `Max-Forwards: 70\r\nFrom: <sip:+4930999@127.0.0.1>;tag=${id}\r\nTo: <sip:${number}@127.0.0.1>${toTag}\r\nCall-ID: ${id}\r\nCSeq: ${cseq} ${method}\r\n`
    );
  }

  #answered(text: string): void {
    const id = /^Call-ID: (.*)$/im.exec(text)?.[1] ?? '';
    const status = Number(text.slice(8, 11));
    const call = this.#calls.get(id);
    if (status < 200) {
      if (call !== undefined) call.nextMs = Infinity;
      return;
    }
    const toTag = `;tag=${/^To: .*;tag=([^;\r]+)/im.exec(text)?.[1] ?? ''}`;
    if (/^CSeq: 2 BYE/im.test(text)) {
      if (this.#calls.delete(id)) this.#good++;
      return;
    }
    const uri = status === 200 ? /^Contact: <([^>]+)>/im.exec(text)?.[1] : undefined;
    this.#send(`${this.#head('ACK', id, 1, toTag, uri)}Content-Length: 0\r\n\r\n`);
    if (call === undefined || call.isAnswered) return;
    if (status !== 200) {
      this.#calls.delete(id);
      if (status === 503) this.#refused++;
      return;
    }
    call.isAnswered = true;
    call.nextMs = Infinity;
    this.#answerMs.push(performance.now() - call.startMs);
    this.#send(`${this.#head('BYE', id, 2, toTag, uri)}Content-Length: 0\r\n\r\n`);
  }

  /** The callee: answers everything at once. */
  #called(text: string, port: number): void {
    const method = text.slice(0, text.indexOf(' '));
    if (method === 'ACK' || method.startsWith('SIP/')) return;
    const rows = text.split('\r\n').filter((row) => /^(?:Via|From|To|Call-ID|CSeq|Record-Route): /i.test(row));
    const head = rows
      .map((row) => (/^To: /i.test(row) && !row.includes(';tag=') ? `${row};tag=callee` : row))
      .join('\r\n');
    const { calleePort } = this.#options;
    const body =
      method === 'INVITE'
        ? `v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${calleePort} RTP/AVP 0\r\n`
        : '';
    const type =
      body === '' ? '' : `Contact: <sip:callee@127.0.0.1:${calleePort}>\r\nContent-Type: application/sdp\r\n`;
    this.#callee.send(
      `SIP/2.0 200 OK\r\n${head}\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`,
      port,
      '127.0.0.1',
    );
  }

  #repeat(nowMs: number): void {
    for (const [id, call] of this.#calls) {
      if (nowMs - call.startMs > giveUpMs) this.#calls.delete(id);
      if (nowMs < call.nextMs || call.isAnswered) continue;
      call.repeatMs *= 2;
      call.nextMs = nowMs + call.repeatMs;
      this.#send(call.invite);
    }
  }

  #send(text: string): void {
    this.#caller.send(text, this.#options.serverPort, '127.0.0.1');
  }
}
