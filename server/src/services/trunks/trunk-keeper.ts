/**
 * Keeps all enabled trunks registered and watched: one tick a second drives every state, answers come in from the SIP edge.
 * Counts the calls on each trunk against its limit. A trunk that was changed starts anew; a removed one is unregistered.
 */
import type { TimeSource } from '#base/clock';
import { type EventBus, type EventSource, eventType } from '#base/events';
import type { TrunkId } from '#base/ids';
import type { TrunkSignalling } from './ports.ts';
import {
  isChanging,
  type ProbeResult,
  stepHealth,
  type TrunkHealth,
  type TrunkStatus,
  unknownHealth,
} from './trunk-health.ts';
import {
  idleRegistration,
  type RegistrationInput,
  type RegistrationState,
  stepRegistration,
} from './trunk-registration.ts';
import type { TrunkRecord, TrunkViews } from './trunk-views.ts';

export const trunkStatusChanged = eventType<{
  readonly trunk: TrunkId;
  readonly status: TrunkStatus;
  readonly registered: boolean;
  readonly trouble: string;
}>()('trunk.status-changed', 'transient');

export interface TrunkReport {
  readonly status: TrunkStatus;
  readonly sinceUtcMs: number;
  readonly registration: 'none' | RegistrationState['phase'];
  readonly trouble: string;
}

export interface TrunkKeeper {
  /** Once a second. */
  tick(): void;
  registerAnswered(trunk: TrunkId, answer: Omit<RegistrationInput & { kind: 'answer' }, 'kind'>): void;
  registerFailed(trunk: TrunkId, why: string): void;
  statusOf(trunk: TrunkRecord): TrunkStatus;
  report(trunk: TrunkRecord): TrunkReport;
  /** Unregisters everywhere: the server is going down. */
  stop(): void;
}

interface Kept {
  record: TrunkRecord;
  registration: RegistrationState;
  health: TrunkHealth;
  probeAtMs: number;
  /** Number of the probe that is under way; 0: none. */
  probing: number;
}

/** Whoever needs longer for an OPTIONS would not be of use for a call. */
const probeAnswerMs = 4_000;
const quickProbeMs = 1_000;

export interface TrunkKeeperOptions {
  readonly views: TrunkViews;
  readonly signalling: TrunkSignalling;
  readonly time: TimeSource;
  readonly bus: EventBus;
  readonly events: EventSource;
  /** A number in [0, 1). */
  readonly chance: () => number;
}

export function createTrunkKeeper(options: TrunkKeeperOptions): TrunkKeeper {
  return new MemoryTrunkKeeper(options);
}

class MemoryTrunkKeeper implements TrunkKeeper {
  readonly #options: TrunkKeeperOptions;
  readonly #kept = new Map<string, Kept>();
  #probes = 0;

  constructor(options: TrunkKeeperOptions) {
    this.#options = options;
  }

  tick(): void {
    const enabled = this.#options.views.every();
    this.#dropGone(enabled);
    for (const record of enabled) {
      const one = this.#keep(record);
      const { phase } = one.registration;
      if (record.body.registration !== null) this.#feed(one, { kind: phase === 'idle' ? 'start' : 'due' });
      this.#probe(one);
    }
  }

  registerAnswered(trunk: TrunkId, answer: Omit<RegistrationInput & { kind: 'answer' }, 'kind'>): void {
    const one = this.#kept.get(trunk);
    if (one !== undefined) this.#feed(one, { kind: 'answer', ...answer });
  }

  registerFailed(trunk: TrunkId, why: string): void {
    const one = this.#kept.get(trunk);
    if (one !== undefined) this.#feed(one, { kind: 'no-answer', why });
  }

  statusOf(trunk: TrunkRecord): TrunkStatus {
    return this.#kept.get(trunk.id)?.health.status ?? 'unknown';
  }

  report(trunk: TrunkRecord): TrunkReport {
    const one = this.#kept.get(trunk.id);
    const registration = trunk.body.registration === null ? 'none' : (one?.registration.phase ?? 'idle');
    const health = one?.health ?? unknownHealth(this.#options.time.nowUtcMs());
    const silent = health.status === 'unknown' && health.failures > 0 ? 'it has answered no OPTIONS yet' : '';
    const trouble = one?.registration.trouble || silent;
    return { status: health.status, sinceUtcMs: health.sinceUtcMs, registration, trouble };
  }

  stop(): void {
    for (const one of this.#kept.values()) this.#feed(one, { kind: 'stop' });
    this.#kept.clear();
  }

  #feed(one: Kept, input: RegistrationInput): void {
    const { time, signalling, chance } = this.#options;
    const before = one.registration;
    const context = { settings: settingsOf(one.record), nowMs: time.nowMs(), chance: chance() };
    const step = stepRegistration(before, input, context);
    one.registration = step.state;
    if (step.send !== undefined) signalling.sendRegister(one.record, step.send);
    const { state } = step;
    const changed = this.#isRegistered(before) !== this.#isRegistered(state) || before.trouble !== state.trouble;
    if (changed && input.kind !== 'stop') this.#tell(one);
  }

  #keep(record: TrunkRecord): Kept {
    const { time } = this.#options;
    const standing = this.#kept.get(record.id);
    if (standing?.record.version === record.version) return standing;
    if (standing !== undefined) this.#feed(standing, { kind: 'stop' });
    const one: Kept = {
      record,
      registration: idleRegistration(settingsOf(record)),
      health: unknownHealth(time.nowUtcMs()),
      probeAtMs: time.nowMs(),
      probing: 0,
    };
    this.#kept.set(record.id, one);
    return one;
  }

  #dropGone(enabled: readonly TrunkRecord[]): void {
    const ids = new Set<string>(enabled.map((record) => record.id));
    for (const [id, one] of this.#kept) {
      if (ids.has(id)) continue;
      this.#feed(one, { kind: 'stop' });
      this.#kept.delete(id);
    }
  }

  #probe(one: Kept): void {
    const { time, signalling } = this.#options;
    const { optionsSec } = one.record.body;
    const nowMs = time.nowMs();
    if (one.probing !== 0 && nowMs >= one.probeAtMs) this.#probed(one, one.probing, { kind: 'no-answer' });
    if (optionsSec === 0 || one.probing !== 0 || one.probeAtMs > nowMs) return;
    this.#probes += 1;
    const probe = this.#probes;
    one.probing = probe;
    one.probeAtMs = nowMs + probeAnswerMs;
    signalling.sendOptions(one.record, (result) => this.#probed(one, probe, result));
  }

  /** An answer that comes too late is none. */
  #probed(one: Kept, probe: number, result: ProbeResult): void {
    if (one.probing !== probe) return;
    one.probing = 0;
    const { time } = this.#options;
    const before = one.health.status;
    one.health = stepHealth(one.health, result, time.nowUtcMs());
    one.probeAtMs = time.nowMs() + (isChanging(one.health) ? quickProbeMs : one.record.body.optionsSec * 1_000);
    if (one.health.status !== before && this.#kept.get(one.record.id) === one) this.#tell(one);
  }

  /** The registrar still keeps us, even while a refresh is under way or has failed. */
  #isRegistered(state: RegistrationState): boolean {
    return state.registeredUntilMs > this.#options.time.nowMs();
  }

  #tell(one: Kept): void {
    const { bus, events } = this.#options;
    const { record, registration, health } = one;
    const registered = this.#isRegistered(registration);
    const data = { trunk: record.id as TrunkId, status: health.status, registered, trouble: registration.trouble };
    bus.publish(events.event(trunkStatusChanged, { tenant: record.tenant, data }));
  }
}

function settingsOf({ body }: TrunkRecord): { expiresSec: number; hasCredentials: boolean } {
  const hasCredentials = body.credentials !== null && body.password !== null;
  return { expiresSec: body.registration?.expiresSec ?? 0, hasCredentials };
}
