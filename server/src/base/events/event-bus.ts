/**
 * Events within one process. Listeners run in the order they came, at once; one that throws or rejects is reported and
 * disturbs neither the emitter nor the other listeners. Leaves out: delivery to other processes (the outbox's reader does that).
 */
import type { EventEnvelope, EventType } from './event.ts';

export type EventListener<E extends EventEnvelope = EventEnvelope> = (event: E) => void | Promise<void>;

export interface EventBus {
  publish(event: EventEnvelope): void;
  /** Listens to one type; returns how to stop. */
  on<Type extends string, Data>(
    type: EventType<Type, Data>,
    listener: EventListener<EventEnvelope<Type, Data>>,
  ): () => void;
  /** Listens to everything. */
  onAny(listener: EventListener): () => void;
}

/** @param onListenerError told of each failure of a listener; its own failure is swallowed. */
export function createEventBus(onListenerError: (error: unknown, event: EventEnvelope) => void): EventBus {
  const byType = new Map<string, readonly EventListener[]>();
  let toAll: readonly EventListener[] = [];

  function report(error: unknown, event: EventEnvelope): void {
    try {
      onListenerError(error, event);
    } catch {
      // A reporter that fails must not reach the emitter either.
    }
  }

  function deliver(listeners: readonly EventListener[], event: EventEnvelope): void {
    for (const listener of listeners) {
      try {
        const pending = listener(event);
        if (pending !== undefined) pending.catch((error: unknown) => report(error, event));
      } catch (error) {
        report(error, event);
      }
    }
  }

  return {
    publish(event) {
      const listeners = byType.get(event.type);
      if (listeners !== undefined) deliver(listeners, event);
      if (toAll.length > 0) deliver(toAll, event);
    },
    on(type, listener) {
      const entry = listener as EventListener;
      byType.set(type.type, [...(byType.get(type.type) ?? []), entry]);
      return () => void byType.set(type.type, without(byType.get(type.type) ?? [], entry));
    },
    onAny(listener) {
      toAll = [...toAll, listener];
      return () => {
        toAll = without(toAll, listener);
      };
    },
  };
}

/** The list without one occurrence; lists are replaced, never changed, so a delivery under way is not disturbed. */
function without(list: readonly EventListener[], listener: EventListener): readonly EventListener[] {
  const at = list.indexOf(listener);
  return at < 0 ? list : [...list.slice(0, at), ...list.slice(at + 1)];
}
