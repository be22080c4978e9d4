/**
 * The control process's link to its media processes: places each session on one of them, gives its commands in order, and hands replies and
 * events on as inputs of later turns. Ports are held in advance (reserved-transports.ts), so that most sessions need no reply. A lost connection is made again and harms no session; an engine that came back with another id has
 * lost all it carried.
 */
import {
  type CommandOf,
  type Connect,
  connectUnixSocket,
  createMediaClient,
  type LocalStream,
  type MediaClient,
  type MediaCommand,
  type MediaError,
  type MediaEvent,
  type MediaOutcome,
  type MediaResults,
  mediaError,
  type RefusedCommand,
  type SessionEvent,
  type TimeoutSource,
} from '@ringdown/media/protocol';
import { ReservedTransports } from './reserved-transports.ts';

export interface MediaLinkOptions {
  /** One Unix socket per media process. */
  readonly socketPaths: readonly string[];
  readonly epoch: number;
  /** How a socket is reached; default: as a Unix socket. */
  readonly connect?: (socketPath: string) => Connect;
  /** For commands that are never answered; default: the process's own timers. */
  readonly timeouts?: TimeoutSource;
  /** Runs a task as an input of the next turn. */
  readonly post: (task: () => void) => void;
  readonly after: (ms: number, task: () => void) => void;
  readonly onOpened: (sessionId: string, streams: readonly LocalStream[]) => void;
  readonly onFailure: (sessionId: string, error: MediaError) => void;
  readonly onEvent: (event: SessionEvent) => void;
  readonly report: (level: 'info' | 'warn' | 'error', fields: Readonly<Record<string, unknown>>, text: string) => void;
}

/** What is told an engine may wait so long for more to go with it. */
const gatherMs = 4;
const reconnectMs = 100;
const givenUpAfterMs = 10_000;

/** A session that an earlier control process has opened. */
export interface LeftSession {
  readonly engineId: string;
  readonly sessionId: string;
  readonly lastRtpAtUtcMs: number | null;
  /** It is over, and only remembered. */
  readonly closed: boolean;
  /** Those after the one known. */
  readonly events: readonly SessionEvent[];
}

interface Engine {
  readonly path: string;
  client: MediaClient | null;
  hello: MediaResults['hello'] | null;
  readonly sessions: Set<string>;
  /** Null while it is not reachable, or where it reserves none. They go with the connection. */
  reserved: ReservedTransports | null;
  /** How often its connection was lost. */
  losses: number;
  /** Its first greeting. */
  readonly ready: Promise<void>;
  readonly greeted: () => void;
}

export class MediaLink {
  readonly #options: MediaLinkOptions;
  readonly #engines: Engine[];
  readonly #bySession = new Map<string, Engine>();
  /** Which engine was there last, to know a new one when it answers. */
  readonly #lastHello = new Map<Engine, string>();
  #closed = false;
  /** Whether sessions that are not ours are nobody's. */
  #adopted = false;

  constructor(options: MediaLinkOptions) {
    this.#options = options;
    this.#engines = options.socketPaths.map((path) => ({
      path,
      client: null,
      hello: null,
      sessions: new Set<string>(),
      reserved: null,
      losses: 0,
      ...greeting(),
    }));
    for (const engine of this.#engines) this.#connect(engine);
  }

  get isReady(): boolean {
    return this.#engines.some((engine) => engine.hello !== null);
  }

  /** Each engine's share, in the order of their sockets. */
  loads(): { readonly isReachable: boolean; readonly sessions: number }[] {
    return this.#engines.map(({ hello, sessions }) => ({ isReachable: hello !== null, sessions: sessions.size }));
  }

  /** What each engine said of itself; null while it is not reachable. */
  hellos(): (MediaResults['hello'] | null)[] {
    return this.#engines.map((engine) => engine.hello);
  }

  /** Commands of one session reach its engine in the order they were given. */
  send(sessionId: string, command: MediaCommand): void {
    const engine = this.#bySession.get(sessionId) ?? this.#place(sessionId);
    if (engine?.client == null) {
      if (command.verb === 'closeSession') this.#release(sessionId);
      this.#fail(sessionId, mediaError('disconnected', 'no media process is reachable'));
      return;
    }
    if (command.verb === 'openSession') this.#open(sessionId, engine, command);
    else if (command.verb === 'addStream') this.#add(sessionId, engine.client, command);
    else engine.client.tell(command);
    if (command.verb === 'closeSession') this.#release(sessionId);
  }

  #open(sessionId: string, engine: Engine, command: CommandOf<'openSession'>): void {
    const placed = engine.reserved?.place(command.streams) ?? null;
    if (placed !== null) {
      engine.client?.tell({ ...command, streams: placed.map(({ spec }) => spec) });
      this.#options.post(() =>
        this.#options.onOpened(
          sessionId,
          placed.map(({ local }) => local),
        ),
      );
      return;
    }
    engine.client?.send(command, (outcome) =>
      this.#options.post(() => {
        if (outcome.ok) this.#options.onOpened(sessionId, outcome.result.streams);
        else this.#notOpened(sessionId, command, outcome.error);
      }),
    );
  }

  #add(sessionId: string, client: MediaClient, command: CommandOf<'addStream'>): void {
    client.send(command, (outcome) =>
      this.#options.post(() => {
        if (outcome.ok) this.#options.onOpened(sessionId, [outcome.result.stream]);
        else this.#notOpened(sessionId, command, outcome.error);
      }),
    );
  }

  #notOpened(sessionId: string, { verb }: Pick<MediaCommand, 'verb'>, error: MediaError): void {
    this.#reportRefused({ sessionId, verb }, error);
    this.#options.onFailure(sessionId, error);
  }

  #refused(refused: RefusedCommand, error: MediaError): void {
    const { sessionId, verb } = refused;
    if (verb === 'openSession' && sessionId !== undefined)
      this.#options.post(() => this.#notOpened(sessionId, { verb }, error));
    else this.#reportRefused(refused, error);
  }

  /**
   * What an earlier control process left in the engines. Waits until each has answered, or for so long: what is not found by then has no engine.
   * `eventsSince`: the last event known of each session.
   */
  async leftSessions(eventsSince: Readonly<Record<string, number>>, withinMs: number): Promise<LeftSession[]> {
    const late = new Promise<void>((resolve) => {
      this.#options.after(withinMs, resolve);
    });
    await Promise.race([Promise.all(this.#engines.map(({ ready }) => ready)), late]);
    const found = await Promise.all(this.#engines.map((engine) => this.#sessionsIn(engine, eventsSince)));
    return found.flatMap((sessions) => sessions ?? []);
  }

  /** A session of an earlier control process is ours now. */
  adopt(sessionId: string, engineId: string): boolean {
    const engine = this.#engines.find((one) => one.hello?.engineId === engineId);
    if (engine === undefined) return false;
    engine.sessions.add(sessionId);
    this.#bySession.set(sessionId, engine);
    return true;
  }

  /** What was to be taken up has been adopted: every other session that an earlier control process left is closed, also in engines that answer later. */
  closeStrays(): void {
    this.#adopted = true;
    for (const engine of this.#engines) if (engine.hello !== null) void this.#closeStraysIn(engine);
  }

  async #closeStraysIn(engine: Engine): Promise<void> {
    for (const { sessionId, closed } of (await this.#sessionsIn(engine, {})) ?? []) {
      if (closed || this.#bySession.has(sessionId)) continue;
      this.#options.report('warn', { sessionId }, 'a session that no call owns is closed');
      engine.client?.tell({ verb: 'closeSession', sessionId });
    }
  }

  /** Null where the engine went away before it had told all. */
  async #sessionsIn(engine: Engine, eventsSince: Readonly<Record<string, number>>): Promise<LeftSession[] | null> {
    const found: LeftSession[] = [];
    let after: string | null = '';
    while (after !== null) {
      if (engine.client === null || engine.hello === null) return null;
      const { engineId } = engine.hello;
      const outcome: MediaOutcome<'state'> = await engine.client.request<'state'>({
        verb: 'state',
        eventsSince,
        ...(after === '' ? {} : { after }),
      });
      if (!outcome.ok) return null;
      for (const { sessionId, lastRtpAtUtcMs, closed, events } of outcome.result.sessions)
        found.push({ engineId, sessionId, lastRtpAtUtcMs, closed, events });
      after = outcome.result.next;
    }
    return found;
  }

  close(): void {
    this.#closed = true;
    for (const engine of this.#engines) engine.client?.close();
  }

  /** The reachable engine with the fewest sessions. */
  #place(sessionId: string): Engine | undefined {
    let best: Engine | undefined;
    for (const engine of this.#engines) {
      if (engine.hello !== null && (best === undefined || engine.sessions.size < best.sessions.size)) best = engine;
    }
    if (best === undefined) return undefined;
    best.sessions.add(sessionId);
    this.#bySession.set(sessionId, best);
    return best;
  }

  #reportRefused(refused: RefusedCommand, error: MediaError): void {
    const isOver =
      refused.verb === 'closeSession' || error.code === 'unknown-session' || error.code === 'unknown-stream';
    this.#options.report(isOver ? 'info' : 'warn', { ...refused, ...error }, 'the media engine refused a command');
  }

  #fail(sessionId: string, error: MediaError): void {
    this.#options.post(() => this.#options.onFailure(sessionId, error));
  }

  #release(sessionId: string): void {
    this.#bySession.get(sessionId)?.sessions.delete(sessionId);
    this.#bySession.delete(sessionId);
  }

  #connect(engine: Engine): void {
    if (this.#closed) return;
    const { connect = connectUnixSocket, epoch, timeouts } = this.#options;
    engine.client = createMediaClient({
      connect: connect(engine.path),
      ...(timeouts === undefined ? {} : { timeouts }),
      epoch,
      gatherMs,
      onEvent: (event) => this.#event(event),
      onRefused: (refused, error) => this.#refused(refused, error),
      onReady: (hello) => this.#ready(engine, hello),
      onClosed: ({ detail }) => {
        if (engine.hello !== null)
          this.#options.report('warn', { socket: engine.path, detail }, 'the media process is not reachable');
        this.#lost(engine);
      },
    });
  }

  #ready(engine: Engine, hello: MediaResults['hello']): void {
    const known = this.#lastHello.get(engine);
    engine.hello = hello;
    engine.reserved = hello.capabilities.includes('reserve') ? this.#reserveFrom(engine) : null;
    this.#lastHello.set(engine, hello.engineId);
    this.#options.report(
      'info',
      { engine: hello.engineId, io: hello.ioKind, mediaPid: hello.pid },
      'media process connected',
    );
    engine.greeted();
    // What could not be closed while the connection was away is closed now.
    if (this.#adopted) void this.#closeStraysIn(engine);
    if (known === undefined) return;
    if (known === hello.engineId) void this.#failUnknown(engine);
    else this.#failAll(engine);
  }

  /** What was told when the connection broke may not have come: a session that the engine does not know is lost. */
  async #failUnknown(engine: Engine): Promise<void> {
    const ours = [...engine.sessions];
    if (ours.length === 0) return;
    const found = await this.#sessionsIn(engine, {});
    if (found === null) return;
    const known = new Set(found.filter(({ closed }) => !closed).map(({ sessionId }) => sessionId));
    for (const sessionId of ours) {
      if (known.has(sessionId) || !engine.sessions.has(sessionId)) continue;
      this.#release(sessionId);
      this.#fail(sessionId, mediaError('disconnected', 'the media process does not know the session'));
    }
  }

  #reserveFrom(engine: Engine): ReservedTransports {
    const { client } = engine;
    return new ReservedTransports((kind, count, onReserved) =>
      client?.send({ verb: 'reserve', ...kind, count }, (outcome) =>
        // Where there are none the streams say what is the matter.
        onReserved(outcome.ok ? outcome.result.transports : []),
      ),
    );
  }

  #lost(engine: Engine): void {
    if (engine.hello !== null) this.#giveUpLater(engine);
    engine.hello = null;
    engine.client = null;
    engine.reserved = null;
    this.#options.after(reconnectMs, () => this.#connect(engine));
  }

  /** One that stays away has ended for good: its calls have no audio. Should it come back, what is left in it is closed. */
  #giveUpLater(engine: Engine): void {
    const { after } = this.#options;
    const loss = ++engine.losses;
    after(givenUpAfterMs, () => {
      if (engine.hello === null && engine.losses === loss && !this.#closed) this.#failAll(engine);
    });
  }

  #failAll(engine: Engine): void {
    for (const sessionId of [...engine.sessions]) {
      this.#release(sessionId);
      this.#fail(sessionId, mediaError('disconnected', 'the media process that carried the call has ended'));
    }
  }

  #event(event: MediaEvent): void {
    if (event.type === 'draining') return;
    this.#options.post(() => this.#options.onEvent(event));
  }
}

function greeting(): Pick<Engine, 'ready' | 'greeted'> {
  let greeted: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    greeted = resolve;
  });
  return { ready, greeted };
}
