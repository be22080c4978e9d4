/** #base/events: one envelope, an in-process bus, and the port of the outbox. */
export {
  createEventSource,
  type Durability,
  type EventEnvelope,
  type EventSource,
  type EventType,
  eventType,
} from './event.ts';
export { createEventBus, type EventBus, type EventListener } from './event-bus.ts';
export type { EventOutbox, OutboxEntry } from './event-outbox.ts';
