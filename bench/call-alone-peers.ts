/**
 * The two phones of call-alone.ts, in a thread of their own: what they allocate is not in the server's heap, and their CPU not in its thread's. The server's thread and this one take turns: it leaves
 * its datagrams in shared memory, wakes this one, and waits for the answers.
 *
 *     control (int32)                         outgoing, incoming: one behind the other
 *     +------+----------+------+------+       +------+--------+------------+
 *     | turn | answered | new  | done |       | port | length | datagram   |
 *     +------+----------+------+------+       +------+--------+------------+
 *
 * turn, answered: how many turns were given and taken back. new: calls to begin with this turn. done: BYEs answered. refused: responses above 299.
 */
import { parentPort, Worker, workerData } from 'node:worker_threads';

const callerPort = 7001;
export const calleePort = 7002;
const at = { turn: 0, answered: 1, begun: 2, done: 3, outgoing: 4, incoming: 5, refused: 6 } as const;
/** 127.0.0.1 */
const loopback = 0x7f000001;
const wayBytes = 4 * 1024 * 1024;
/** Port and length. */
const headBytes = 6;

interface Shared {
  readonly control: SharedArrayBuffer;
  readonly outgoing: SharedArrayBuffer;
  readonly incoming: SharedArrayBuffer;
  readonly sipPort: number;
}

/** The server's end. */
export class PeersAlone {
  readonly callerPort = callerPort;
  readonly #control: Int32Array;
  readonly #outgoing: Buffer;
  readonly #incoming: Buffer;
  #to = 0;
  #turn = 0;

  private constructor(shared: Shared) {
    this.#control = new Int32Array(shared.control);
    this.#outgoing = Buffer.from(shared.outgoing);
    this.#incoming = Buffer.from(shared.incoming);
  }

  static async start(sipPort: number): Promise<PeersAlone> {
    const shared: Shared = {
      control: new SharedArrayBuffer(64),
      outgoing: new SharedArrayBuffer(wayBytes),
      incoming: new SharedArrayBuffer(wayBytes),
      sipPort,
    };
    const worker = new Worker(new URL(import.meta.url), { workerData: shared, name: 'peers' });
    await new Promise((resolve) => {
      worker.once('message', resolve);
    });
    return new PeersAlone(shared);
  }

  /** As the sockets have it. */
  send(bytes: Uint8Array, { port }: { readonly port: number }): 'sent' {
    const to = this.#outgoing;
    to.writeUInt16LE(port, this.#to);
    to.writeUInt32LE(bytes.length, this.#to + 2);
    to.set(bytes, this.#to + headBytes);
    this.#to += headBytes + bytes.length;
    return 'sent';
  }

  /** All that the phones said to what was sent, and so many new calls. */
  answer(begun: number, onDatagram: (bytes: Uint8Array, host: number, port: number) => void): void {
    const control = this.#control;
    this.#turn += 1;
    control[at.outgoing] = this.#to;
    control[at.begun] = begun;
    this.#to = 0;
    Atomics.store(control, at.turn, this.#turn);
    Atomics.notify(control, at.turn);
    while (Atomics.load(control, at.answered) !== this.#turn) Atomics.wait(control, at.answered, this.#turn - 1, 1000);
    const from = this.#incoming;
    const end = control[at.incoming] ?? 0;
    for (let place = 0; place < end; ) {
      const length = from.readUInt32LE(place + 2);
      const bytes = Buffer.allocUnsafe(length);
      from.copy(bytes, 0, place + headBytes, place + headBytes + length);
      onDatagram(bytes, loopback, from.readUInt16LE(place));
      place += headBytes + length;
    }
  }

  get done(): number {
    return this.#control[at.done] ?? 0;
  }

  get refused(): number {
    return this.#control[at.refused] ?? 0;
  }
}

/** The phones' end. */
class Phones {
  readonly #control: Int32Array;
  readonly #outgoing: Buffer;
  readonly #incoming: Buffer;
  readonly #sipPort: number;
  #to = 0;
  #calls = 0;

  constructor({ control, outgoing, incoming, sipPort }: Shared) {
    this.#control = new Int32Array(control);
    this.#outgoing = Buffer.from(outgoing);
    this.#incoming = Buffer.from(incoming);
    this.#sipPort = sipPort;
  }

  run(): never {
    for (let turn = 1; ; turn++) {
      while (Atomics.load(this.#control, at.turn) !== turn) Atomics.wait(this.#control, at.turn, turn - 1, 1000);
      this.#take();
      Atomics.store(this.#control, at.answered, turn);
      Atomics.notify(this.#control, at.answered);
    }
  }

  #take(): void {
    this.#to = 0;
    for (let calls = this.#control[at.begun] ?? 0; calls > 0; calls--) this.#invite();
    const end = this.#control[at.outgoing] ?? 0;
    for (let place = 0; place < end; ) {
      const length = this.#outgoing.readUInt32LE(place + 2);
      const text = this.#outgoing.toString('latin1', place + headBytes, place + headBytes + length);
      if (this.#outgoing.readUInt16LE(place) === calleePort) this.#callee(text);
      else this.#caller(text);
      place += headBytes + length;
    }
    this.#control[at.incoming] = this.#to;
  }

  #say(port: number, rows: readonly string[], body = ''): void {
    const type = body === '' ? '' : 'Content-Type: application/sdp\r\n';
    const text = `${rows.join('\r\n')}\r\n${type}Content-Length: ${body.length}\r\n\r\n${body}`;
    this.#incoming.writeUInt16LE(port, this.#to);
    this.#incoming.writeUInt32LE(text.length, this.#to + 2);
    this.#incoming.write(text, this.#to + headBytes, 'latin1');
    this.#to += headBytes + text.length;
  }

  #invite(): void {
    const id = `${++this.#calls}-4711@127.0.0.1`;
    this.#say(
      callerPort,
      [
        `INVITE sip:+4930777@127.0.0.1:${this.#sipPort} SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${callerPort};branch=z9hG4bK-4711-${this.#calls}-0;rport`,
        'Max-Forwards: 70',
        `From: <sip:+4930999@127.0.0.1>;tag=4711a${this.#calls}`,
        `To: <sip:+4930777@127.0.0.1:${this.#sipPort}>`,
        `Call-ID: ${id}`,
        'CSeq: 1 INVITE',
        `Contact: <sip:+4930999@127.0.0.1:${callerPort};transport=UDP>`,
        'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE',
      ],
      offer(6000),
    );
  }

  #callee(text: string): void {
    const same = ['From', 'Call-ID', 'CSeq'].map((name) => `${name}: ${rowOf(text, name)}`);
    if (text.startsWith('INVITE ')) {
      const contact = `Contact: <sip:2001@127.0.0.1:${calleePort};transport=UDP>`;
      const rows = [...vias(text), ...same, `To: ${rowOf(text, 'To')};tag=b${this.#to}`, contact];
      this.#say(calleePort, ['SIP/2.0 180 Ringing', ...rows]);
      this.#say(calleePort, ['SIP/2.0 200 OK', ...rows], offer(6002));
    } else if (text.startsWith('BYE '))
      this.#say(calleePort, ['SIP/2.0 200 OK', ...vias(text), ...same, `To: ${rowOf(text, 'To')}`]);
  }

  #caller(text: string): void {
    const cseq = rowOf(text, 'CSeq');
    if (text.startsWith('SIP/2.0 200') && cseq === '1 INVITE') {
      this.#inDialog(text, 'ACK', 1);
      this.#inDialog(text, 'BYE', 2);
    } else if (text.startsWith('SIP/2.0 200') && cseq === '2 BYE') Atomics.add(this.#control, at.done, 1);
    else if (/^SIP\/2\.0 [3-6]/.test(text)) Atomics.add(this.#control, at.refused, 1);
  }

  #inDialog(text: string, method: string, cseq: number): void {
    const target = /<([^>]*)>/.exec(rowOf(text, 'Contact'))?.[1] ?? '';
    const id = rowOf(text, 'Call-ID');
    this.#say(callerPort, [
      `${method} ${target} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${callerPort};branch=z9hG4bK-${id.split('@')[0]}-${method};rport`,
      'Max-Forwards: 70',
      `From: ${rowOf(text, 'From')}`,
      `To: ${rowOf(text, 'To')}`,
      `Call-ID: ${id}`,
      `CSeq: ${cseq} ${method}`,
    ]);
  }
}

function offer(port: number): string {
  const rows = ['v=0', 'o=sipp 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const media = [`m=audio ${port} RTP/AVP 0 8 101`, 'a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000'];
  const keys = ['a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', 'a=sendrecv', ''];
  return [...rows, ...media, ...keys].join('\r\n');
}

function rowOf(text: string, name: string): string {
  const start = text.indexOf(`\r\n${name}: `);
  return start < 0 ? '' : text.slice(start + name.length + 4, text.indexOf('\r\n', start + 2));
}

function vias(text: string): string[] {
  return text.split('\r\n').filter((row) => row.startsWith('Via: '));
}

if (parentPort !== null) {
  const phones = new Phones(workerData as Shared);
  parentPort.postMessage('up');
  phones.run();
}
