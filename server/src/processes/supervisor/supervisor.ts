/**
 * The supervisor: starts the control process and the media processes, watches each by heartbeat, restarts what died. It never speaks SIP
 * and holds no call: its own death harms nothing, and the next supervisor adopts what runs (the first beat finds it by its socket).
 */
import { type ChildSpec, type Heartbeat, startDetached } from './child.ts';
import { Crashes } from './crashes.ts';
import { defaultWatch, Watch, type WatchSettings } from './watch.ts';

export interface Supervised {
  readonly spec: ChildSpec;
  /** Opens a heartbeat connection; rejects when nobody listens. */
  readonly connect: () => Promise<Heartbeat>;
}

export interface SupervisorOptions {
  readonly children: readonly Supervised[];
  readonly nowMs: () => number;
  readonly report: (line: { readonly child: string; readonly what: string; readonly detail?: string }) => void;
  readonly watch?: WatchSettings;
}

export interface Supervisor {
  /** Resolves when every child has answered its first heartbeat; rejects never. */
  readonly ready: Promise<void>;
  readonly isUp: (name: string) => boolean;
  /** Process ids as last seen. */
  readonly pids: () => ReadonlyMap<string, number>;
  /** Stops watching; the children live on until they are told otherwise. One that was started and never heard of is ended: nobody could tell it. */
  stop(): void;
}

class Guard {
  readonly #child: Supervised;
  readonly #options: SupervisorOptions;
  readonly #watch: Watch;
  readonly #crashes = new Crashes();
  #heartbeat: Heartbeat | undefined;
  pid: number | undefined;

  constructor(child: Supervised, options: SupervisorOptions) {
    this.#child = child;
    this.#options = options;
    this.#watch = new Watch(options.nowMs(), options.watch ?? defaultWatch);
  }

  get name(): string {
    return this.#child.spec.name;
  }

  get isAlive(): boolean {
    return this.#watch.isAlive;
  }

  async beat(): Promise<void> {
    try {
      this.#heartbeat ??= await this.#child.connect();
      this.pid = await this.#heartbeat.beat();
      if (!this.#watch.isAlive) this.#report('up', `pid ${this.pid}`);
      this.#watch.beatSeen(this.#options.nowMs());
    } catch (error) {
      this.#lose();
      this.#act(this.#watch.beatMissed(this.#options.nowMs(), !this.#exists()), error);
    }
  }

  close(): void {
    this.#heartbeat?.close();
    if (!this.isAlive && this.#exists()) this.#kill('SIGTERM');
  }

  #lose(): void {
    this.#heartbeat?.close();
    this.#heartbeat = undefined;
  }

  #act(action: 'none' | 'start' | 'kill-and-start', why?: unknown): void {
    if (action === 'none') return;
    if (action === 'kill-and-start') this.#kill('SIGKILL');
    this.#lose();
    if (this.pid !== undefined) this.#report('restart', why === undefined ? 'no heartbeat' : String(why));
    const { spec } = this.#child;
    const moreArgs = this.#crashes.hasRepeated ? (spec.afterCrashes?.args ?? []) : [];
    this.pid = startDetached(spec, { moreArgs, onSignal: (signal) => this.#diedBy(signal) });
    if (this.pid === undefined) this.#watch.startFailed(this.#options.nowMs());
  }

  #diedBy(signal: NodeJS.Signals): void {
    const { afterCrashes } = this.#child.spec;
    if (this.#crashes.died(this.#options.nowMs()) && afterCrashes !== undefined)
      this.#report('fallback', `ended by ${signal}, the second time within a minute: ${afterCrashes.what}`);
  }

  #exists(): boolean {
    if (this.pid === undefined) return false;
    try {
      return process.kill(this.pid, 0);
    } catch {
      return false;
    }
  }

  #kill(signal: NodeJS.Signals): void {
    if (this.pid === undefined) return;
    try {
      process.kill(this.pid, signal);
    } catch (error) {
      this.#report('kill-failed', String(error));
    }
  }

  #report(what: string, detail: string): void {
    this.#options.report({ child: this.name, what, detail });
  }
}

export function superviseChildren(options: SupervisorOptions): Supervisor {
  const guards = options.children.map((child) => new Guard(child, options));
  const beatMs = (options.watch ?? defaultWatch).beatMs;
  let announce: () => void = () => undefined;
  const ready = new Promise<void>((resolve) => {
    announce = resolve;
  });
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const round = async (): Promise<void> => {
    await Promise.all(guards.map((guard) => guard.beat()));
    const allUp = guards.every((guard) => guard.isAlive);
    if (allUp) announce();
    if (!stopped) timer = setTimeout(() => void round(), allUp ? beatMs : Math.min(beatMs, 50));
  };
  void round();
  return {
    ready,
    isUp: (name) => guards.some((guard) => guard.name === name && guard.isAlive),
    pids: () => new Map(guards.flatMap((guard) => (guard.pid === undefined ? [] : [[guard.name, guard.pid] as const]))),
    stop() {
      stopped = true;
      clearTimeout(timer);
      for (const guard of guards) guard.close();
    },
  };
}
