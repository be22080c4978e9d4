/**
 * The one envelope of everything that happened. An event is durable (written to the outbox in the same transaction as the
 * change it tells of) or transient (may be dropped). Types are in the past tense: `call.answered`, `user.created`.
 * Nobody waits for an answer to an event.
 */
import type { CallId, EventId, IdSource, TenantId } from '../ids/index.ts';

export type Durability = 'durable' | 'transient';

/** What an event type carries; made once by {@link eventType} and exported by the service that emits it. */
export interface EventType<Type extends string, Data> {
  readonly type: Type;
  /** Rises when `data` changes so that an old reader would misread it. */
  readonly version: number;
  readonly durability: Durability;
  /** Never present: carries the type of `data`. */
  readonly dataShape?: Data;
}

export interface EventEnvelope<Type extends string = string, Data = unknown> {
  readonly id: EventId;
  readonly type: Type;
  readonly version: number;
  readonly durability: Durability;
  readonly tenant: TenantId;
  readonly call?: CallId;
  /** 1, 2, 3 … within one call; absent without a call. A gap tells a reader that it missed something. */
  readonly callNumber?: number;
  readonly utcMs: number;
  readonly data: Data;
}

export function eventType<Data>() {
  return <Type extends string>(type: Type, durability: Durability, version = 1): EventType<Type, Data> => ({
    type,
    version,
    durability,
  });
}

export interface EventSource {
  /** Wraps `data` for a tenant, and numbers it within its call. Emits nothing. */
  event<Type extends string, Data>(
    type: EventType<Type, Data>,
    about: { readonly tenant: TenantId; readonly call?: CallId; readonly data: Data },
  ): EventEnvelope<Type, Data>;
  /** The call is over: its counter goes away. */
  forgetCall(call: CallId): void;
  /** A call taken over from a former process goes on after `lastNumber`. */
  resumeCall(call: CallId, lastNumber: number): void;
}

export function createEventSource(time: { nowUtcMs(): number }, ids: IdSource): EventSource {
  const numbers = new Map<CallId, number>();
  return {
    event(type, { tenant, call, data }) {
      const common = { id: ids.next('event'), type: type.type, version: type.version, durability: type.durability };
      if (call === undefined) return { ...common, tenant, utcMs: time.nowUtcMs(), data };
      const callNumber = (numbers.get(call) ?? 0) + 1;
      numbers.set(call, callNumber);
      return { ...common, tenant, call, callNumber, utcMs: time.nowUtcMs(), data };
    },
    forgetCall: (call) => void numbers.delete(call),
    resumeCall: (call, lastNumber) => void numbers.set(call, lastNumber),
  };
}
