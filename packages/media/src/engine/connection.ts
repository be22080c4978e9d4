/** One connection to the engine: frames in, checked; replies and events out. Who may do what is decided in engine.ts. */
import type { ByteSink, ByteStream } from '../protocol/byte-stream.ts';
import { checkCommandFrame } from '../protocol/check-command.ts';
import type { ClientRole } from '../protocol/command.ts';
import type { CommandFrame, EventFrame, ReplyFrame } from '../protocol/envelope.ts';
import { type MediaError, mediaError } from '../protocol/error.ts';
import { encodeFrame, FrameReader, maxFrameBytes } from '../protocol/frame.ts';
import { decodeToldFrame } from '../protocol/told-frame.ts';
import { toldFramesSince } from '../protocol/version.ts';

export interface ConnectionOwner {
  onCommand(connection: Connection, frame: CommandFrame): void;
  onConnectionClosed(connection: Connection): void;
}

export class Connection implements ByteSink {
  /** Null before its greeting. */
  role: ClientRole | null = null;
  epoch = 0;
  /** As agreed; 0 before. */
  version = 0;
  readonly #owner: ConnectionOwner;
  readonly #reader = new FrameReader();
  #stream: ByteStream | null = null;
  #open = true;

  constructor(owner: ConnectionOwner) {
    this.#owner = owner;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  attach(stream: ByteStream): void {
    this.#stream = stream;
  }

  onBytes(bytes: Uint8Array): void {
    for (const result of this.#reader.push(bytes)) {
      if (!this.#open) return;
      if (result.kind === 'value') this.#check(result.value);
      else if (result.kind === 'told') this.#checkTold(result.bytes);
      else if (result.kind === 'bad-json') this.#refuse(null, mediaError('bad-frame', result.detail));
      else {
        this.#refuse(null, mediaError('bad-frame', `${result.lengthBytes} octets, the limit is ${maxFrameBytes}`));
        this.end();
      }
    }
  }

  onClosed(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#owner.onConnectionClosed(this);
  }

  send(frame: ReplyFrame | EventFrame): void {
    if (this.#open) this.#stream?.write(encodeFrame(frame));
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#open) this.#stream?.write(bytes);
  }

  /** Ends it from our side. */
  end(): void {
    if (!this.#open) return;
    this.#stream?.close();
    this.onClosed();
  }

  #check(value: unknown): void {
    const checked = checkCommandFrame(value);
    if (checked.ok) this.#owner.onCommand(this, checked.frame);
    else this.#refuse(checked.key, checked.error);
  }

  #checkTold(bytes: Uint8Array): void {
    if (this.version < toldFramesSince) {
      this.#refuse(null, mediaError('bad-frame', `octets are understood from version ${toldFramesSince} on`));
      return;
    }
    const told = decodeToldFrame(bytes);
    if (!told.ok) this.#refuse(null, mediaError('bad-command', told.problem));
    else this.#owner.onCommand(this, { t: 'command', key: '', epoch: told.epoch, quiet: true, command: told.command });
  }

  #refuse(key: string | null, error: MediaError): void {
    this.send({ t: 'reply', key, ok: false, error });
  }
}
