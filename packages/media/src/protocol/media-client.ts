/**
 * Control's end of the media protocol: one connection, commands out, outcomes and events in. When the connection is lost the client is
 * over: whoever owns it makes a new one (with the same epoch, or a higher one after a take-over), asks for `state`, and repeats with
 * the same key what had no outcome.
 */
import type { ByteStream, Connect } from './byte-stream.ts';
import type { ClientRole, CommandOf, MediaCommand, MediaResults, MediaVerb } from './command.ts';
import type { CommandFrame, EventFrame, MediaOutcome, RefusedCommand, ReplyFrame } from './envelope.ts';
import { type MediaError, mediaError } from './error.ts';
import type { MediaEvent } from './event.ts';
import { encodeFrame, FrameReader } from './frame.ts';
import { encodeToldFrame } from './told-frame.ts';
import { protocolVersions, toldFramesSince, type VersionRange } from './version.ts';

export interface SendOptions {
  /** Idempotency key; give the one of the first attempt when repeating. Default: a fresh one. */
  readonly key?: string;
  readonly timeoutMs?: number;
}

/** The same for an engine over a socket, in this process, or in virtual time. */
export interface MediaClient {
  /**
   * Sends a command. `onOutcome` is called exactly once, never from inside `send`: with the reply, or with `timeout` or
   * `disconnected` (then it is unknown whether it was done). Commands are carried out in the order they were sent.
   * @returns the key it was sent under.
   */
  send<V extends MediaVerb>(
    command: CommandOf<V>,
    onOutcome: (outcome: MediaOutcome<V>) => void,
    options?: SendOptions,
  ): string;
  /**
   * Sends a command of whose success nobody needs to hear, within `gatherMs`. Only a failure is told, to `onRefused`; what was under way when the
   * connection was lost may have been done or not. Who closes a session so hears no `sessionClosed`.
   */
  tell(command: MediaCommand): void;
  /** The same as a promise, which is never rejected. */
  request<V extends MediaVerb>(command: CommandOf<V>, options?: SendOptions): Promise<MediaOutcome<V>>;
  /** Lets the connection go; the engine's sessions stay. What waits for an outcome gets `disconnected`. */
  close(): void;
}

/** Time-outs as an argument; the default is the process's own. */
export interface TimeoutSource {
  /** @returns a function that calls it off. */
  after(afterMs: number, run: () => void): () => void;
}

export interface MediaClientHandlers {
  onEvent(event: MediaEvent): void;
  /** A command of `tell` was not carried out. */
  onRefused?(refused: RefusedCommand, error: MediaError): void;
  /** The engine has greeted: commands will be obeyed. Commands sent earlier are kept in order behind the greeting. */
  onReady?(hello: MediaResults['hello']): void;
  /** Once, and not after our own `close`: the connection is lost, or the engine refused the greeting (`error`). */
  onClosed?(why: { readonly detail: string; readonly error: MediaError | null }): void;
}

export interface MediaClientOptions extends MediaClientHandlers {
  readonly connect: Connect;
  readonly epoch: number;
  /** Default `control`. */
  readonly role?: ClientRole;
  /** Default 5,000. */
  readonly timeoutMs?: number;
  readonly timeouts?: TimeoutSource;
  /** What is told waits for so long, or for the next command that is sent, so that one write carries much. Default 0: not at all. */
  readonly gatherMs?: number;
  /** Default: all that this code speaks. */
  readonly versionRange?: VersionRange;
  /** Makes keys unique beyond this client. Default: random. */
  readonly keyPrefix?: string;
}

const processTimeouts: TimeoutSource = {
  after(afterMs, run) {
    const timer = setTimeout(run, afterMs);
    return () => clearTimeout(timer);
  },
};

export function createMediaClient(options: MediaClientOptions): MediaClient {
  return new StreamMediaClient(options);
}

interface Waiting {
  readonly settle: (outcome: MediaOutcome<MediaVerb>) => void;
  readonly cancelTimeout: () => void;
}

class StreamMediaClient implements MediaClient {
  readonly #options: MediaClientOptions;
  readonly #timeouts: TimeoutSource;
  readonly #prefix: string;
  readonly #waiting = new Map<string, Waiting>();
  readonly #reader = new FrameReader();
  readonly #stream: ByteStream;
  #told: Uint8Array[] = [];
  #tellsOctets = false;
  #counter = 0;
  #open = true;

  constructor(options: MediaClientOptions) {
    this.#options = options;
    this.#timeouts = options.timeouts ?? processTimeouts;
    this.#prefix = options.keyPrefix ?? globalThis.crypto.randomUUID();
    this.#stream = options.connect({
      onBytes: (bytes) => this.#receive(bytes),
      onClosed: (why) => this.#lose(why, null),
    });
    const { role = 'control', versionRange = protocolVersions } = options;
    this.send({ verb: 'hello', versionRange, role }, (outcome) => {
      if (outcome.ok) {
        this.#tellsOctets = outcome.result.version >= toldFramesSince;
        options.onReady?.(outcome.result);
      } else this.#lose(`the engine refused the greeting: ${outcome.error.code}`, outcome.error);
    });
  }

  send<V extends MediaVerb>(
    command: CommandOf<V>,
    onOutcome: (outcome: MediaOutcome<V>) => void,
    options: SendOptions = {},
  ): string {
    const key = options.key ?? `${this.#prefix}:${++this.#counter}`;
    // The wire has one type of outcome; the verb that was sent decides which.
    const settle = onOutcome as (outcome: MediaOutcome<MediaVerb>) => void;
    if (!this.#open) {
      queueMicrotask(() => settle({ ok: false, error: mediaError('disconnected') }));
      return key;
    }
    this.#flush();
    const cancelTimeout = this.#timeouts.after(options.timeoutMs ?? this.#options.timeoutMs ?? 5000, () => {
      this.#settle(key, { ok: false, error: mediaError('timeout', command.verb) });
    });
    this.#waiting.set(key, { settle, cancelTimeout });
    const frame: CommandFrame = { t: 'command', key, epoch: this.#options.epoch, command: command as MediaCommand };
    this.#stream.write(encodeFrame(frame));
    return key;
  }

  tell(command: MediaCommand): void {
    if (!this.#open) return;
    const { gatherMs = 0 } = this.#options;
    const isFirst = this.#told.push(this.#encodeTold(command)) === 1;
    if (gatherMs === 0) this.#flush();
    else if (isFirst) this.#timeouts.after(gatherMs, () => this.#flush());
  }

  #encodeTold(command: MediaCommand): Uint8Array {
    const { epoch } = this.#options;
    const octets = this.#tellsOctets ? encodeToldFrame(command, epoch) : null;
    if (octets !== null) return octets;
    const key = `${this.#prefix}:${++this.#counter}`;
    return encodeFrame({ t: 'command', key, epoch, quiet: true, command } satisfies CommandFrame);
  }

  #flush(): void {
    if (this.#told.length === 0) return;
    const told = this.#told;
    this.#told = [];
    if (this.#open) for (const frame of told) this.#stream.write(frame);
  }

  request<V extends MediaVerb>(command: CommandOf<V>, options: SendOptions = {}): Promise<MediaOutcome<V>> {
    return new Promise((resolve) => {
      this.send(command, resolve, options);
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#flush();
    this.#open = false;
    this.#stream.close();
    queueMicrotask(() => this.#settleAll('closed by the client'));
  }

  #receive(bytes: Uint8Array): void {
    for (const result of this.#reader.push(bytes)) {
      if (!this.#open) return;
      if (result.kind === 'value') this.#take(result.value as ReplyFrame | EventFrame);
      // An engine that sends no JSON is none: better to end than to miss replies silently.
      else this.#lose(result.kind, null);
    }
  }

  #take(frame: ReplyFrame | EventFrame): void {
    if (frame.t === 'event') this.#options.onEvent(frame.event);
    else if (frame.t !== 'reply') return;
    else if (!frame.ok && frame.refused !== undefined) this.#options.onRefused?.(frame.refused, frame.error);
    else if (frame.key !== null) {
      // The engine is our own program: its replies are believed as they are.
      this.#settle(
        frame.key,
        frame.ok ? { ok: true, result: frame.result as never } : { ok: false, error: frame.error },
      );
    }
  }

  #settle(key: string, outcome: MediaOutcome<MediaVerb>): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) return;
    this.#waiting.delete(key);
    waiting.cancelTimeout();
    waiting.settle(outcome);
  }

  #settleAll(why: string): void {
    for (const key of [...this.#waiting.keys()])
      this.#settle(key, { ok: false, error: mediaError('disconnected', why) });
  }

  #lose(detail: string, error: MediaError | null): void {
    if (!this.#open) return;
    this.#open = false;
    this.#stream.close();
    this.#settleAll(detail);
    this.#options.onClosed?.({ detail, error });
  }
}
