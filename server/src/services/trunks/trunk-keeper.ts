/**
 * Keeps all enabled trunks registered and watched: one tick a second drives every state, answers come in from the SIP edge.
 * Counts the calls on each trunk against its limit. A trunk that was changed starts anew; a removed one is unregistered.
 */
import type { TimeSource } from '#base/clock';
import { type EventBus, type EventSource, eventType } from '#base/events';
import type { TrunkId } from '#base/ids';
import type { TrunkSignalling } from './ports.ts';
import { type ProbeResult, stepHealth, type TrunkHealth, type TrunkStatus, unknownHealth } from './trunk-health.ts';
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
  readonly registration: 'none' | RegistrationState['phase'];
  readonly trouble: string;
  readonly channels: number;
}

export interface TrunkKeeper {
  /** Once a second. */
  tick(): void;
  registerAnswered(trunk: TrunkId, answer: Omit<RegistrationInput & { kind: 'answer' }, 'kind'>): void;
  registerFailed(trunk: TrunkId, why: string): void;
  optionsAnswered(trunk: TrunkId, result: ProbeResult): void;
  statusOf(trunk: TrunkRecord): TrunkStatus;
  report(trunk: TrunkRecord): TrunkReport;
  /** Counts a call in; false when the trunk's limit is reached. */
  takeChannel(trunk: TrunkRecord): boolean;
  releaseChannel(trunk: TrunkId): void;
  /** Unregisters everywhere: the server is going down. */
  stop(): void;
}

interface Kept {
  record: TrunkRecord;
  registration: RegistrationState;
  health: TrunkHealth;
  probeAtMs: number;
  probing: boolean;
}

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
  const { views, signalling, time, bus, events, chance } = options;
  const kept = new Map<string, Kept>();
  const channels = new Map<string, number>();

  const settingsOf = ({ body }: TrunkRecord) => ({
    expiresSec: body.registration?.expiresSec ?? 0,
    hasCredentials: body.credentials !== null && body.password !== null,
  });

  /** The registrar still keeps us, even while a refresh is under way or has failed. */
  const isRegistered = (state: RegistrationState): boolean => state.registeredUntilMs > time.nowMs();

  function tell(one: Kept): void {
    const registered = isRegistered(one.registration);
    const data = {
      trunk: one.record.id as TrunkId,
      status: one.health.status,
      registered,
      trouble: one.registration.trouble,
    };
    bus.publish(events.event(trunkStatusChanged, { tenant: one.record.tenant, data }));
  }

  function feed(one: Kept, input: RegistrationInput): void {
    const before = one.registration;
    const context = { settings: settingsOf(one.record), nowMs: time.nowMs(), chance: chance() };
    const step = stepRegistration(before, input, context);
    one.registration = step.state;
    if (step.send !== undefined) signalling.sendRegister(one.record, step.send);
    const changed = isRegistered(before) !== isRegistered(step.state) || before.trouble !== step.state.trouble;
    if (changed && input.kind !== 'stop') tell(one);
  }

  function keep(record: TrunkRecord): Kept {
    const standing = kept.get(record.id);
    if (standing?.record.version === record.version) return standing;
    if (standing !== undefined) feed(standing, { kind: 'stop' });
    const one: Kept = {
      record,
      registration: idleRegistration(settingsOf(record)),
      health: unknownHealth(time.nowUtcMs()),
      probeAtMs: time.nowMs(),
      probing: false,
    };
    kept.set(record.id, one);
    return one;
  }

  function dropGone(enabled: readonly TrunkRecord[]): void {
    const ids = new Set<string>(enabled.map((record) => record.id));
    for (const [id, one] of kept) {
      if (ids.has(id)) continue;
      feed(one, { kind: 'stop' });
      kept.delete(id);
    }
  }

  function probe(one: Kept): void {
    const { optionsSec } = one.record.body;
    if (optionsSec === 0 || one.probing || one.probeAtMs > time.nowMs()) return;
    one.probing = true;
    one.probeAtMs = time.nowMs() + optionsSec * 1_000;
    signalling.sendOptions(one.record);
  }

  return {
    tick() {
      const enabled = views.every();
      dropGone(enabled);
      for (const record of enabled) {
        const one = keep(record);
        if (record.body.registration !== null) feed(one, { kind: one.registration.phase === 'idle' ? 'start' : 'due' });
        probe(one);
      }
    },
    registerAnswered(trunk, answer) {
      const one = kept.get(trunk);
      if (one !== undefined) feed(one, { kind: 'answer', ...answer });
    },
    registerFailed(trunk, why) {
      const one = kept.get(trunk);
      if (one !== undefined) feed(one, { kind: 'no-answer', why });
    },
    optionsAnswered(trunk, result) {
      const one = kept.get(trunk);
      if (one === undefined) return;
      one.probing = false;
      const before = one.health.status;
      one.health = stepHealth(one.health, result, time.nowUtcMs());
      if (one.health.status !== before) tell(one);
    },
    statusOf: (trunk) => kept.get(trunk.id)?.health.status ?? 'unknown',
    report(trunk) {
      const one = kept.get(trunk.id);
      const registration = trunk.body.registration === null ? 'none' : (one?.registration.phase ?? 'idle');
      const trouble = one?.registration.trouble ?? '';
      return { status: one?.health.status ?? 'unknown', registration, trouble, channels: channels.get(trunk.id) ?? 0 };
    },
    takeChannel(trunk) {
      const used = channels.get(trunk.id) ?? 0;
      const { channelLimit } = trunk.body;
      if (channelLimit > 0 && used >= channelLimit) return false;
      channels.set(trunk.id, used + 1);
      return true;
    },
    releaseChannel(trunk) {
      const used = channels.get(trunk) ?? 0;
      if (used <= 1) channels.delete(trunk);
      else channels.set(trunk, used - 1);
    },
    stop() {
      for (const one of kept.values()) feed(one, { kind: 'stop' });
      kept.clear();
    },
  };
}
