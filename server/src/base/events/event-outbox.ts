/**
 * Port: durable events that were written together with a change and wait to be handed on (webhooks, other nodes). Each is
 * handed on at least once; readers drop what they have seen by `event.id`. Storage implements it; services write into it by their own ports.
 */
import type { EventEnvelope } from './event.ts';

export interface OutboxEntry {
  /** Grows with each entry of the whole installation; what a reader remembers. */
  readonly position: number;
  readonly event: EventEnvelope;
}

export interface EventOutbox {
  /** Entries after `position`, oldest first, at most `limit`. */
  after(position: number, limit: number): Promise<readonly OutboxEntry[]>;
  /** Forgets everything up to and with `position`: all readers have it. */
  forgetThrough(position: number): Promise<void>;
}
