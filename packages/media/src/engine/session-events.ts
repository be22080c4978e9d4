/** The numbered events of one session, the last of them kept for whoever takes control over. */
import type { SessionEvent, SessionEventBody } from '../protocol/event.ts';

export const keptEvents = 64;

export class SessionEvents {
  readonly #sessionId: string;
  readonly #callId: string;
  readonly #kept: SessionEvent[] = [];
  #last = 0;

  constructor(sessionId: string, callId: string) {
    this.#sessionId = sessionId;
    this.#callId = callId;
  }

  get lastNumber(): number {
    return this.#last;
  }

  /** Gives the event its number; `quality` is not kept. */
  add(body: SessionEventBody, atUtcMs: number): SessionEvent {
    const event: SessionEvent = {
      ...body,
      sessionId: this.#sessionId,
      callId: this.#callId,
      number: ++this.#last,
      atUtcMs,
    };
    if (body.type !== 'quality') {
      this.#kept.push(event);
      if (this.#kept.length > keptEvents) this.#kept.shift();
    }
    return event;
  }

  since(number: number): SessionEvent[] {
    return this.#kept.filter((event) => event.number > number);
  }
}
