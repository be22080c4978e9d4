/** A leg whose server is still being looked for: nothing was sent, so all that it can do is end. */
import type { LegId } from '#base/ids';
import type { LegCommand, LegEvent } from '#engine/calls';

export class WaitingLeg {
  readonly #legId: LegId;
  readonly #emit: (event: LegEvent) => void;
  #isOver = false;

  constructor(legId: LegId, emit: (event: LegEvent) => void) {
    this.#legId = legId;
    this.#emit = emit;
  }

  /** It was ended meanwhile: nothing is to be sent any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  perform(command: LegCommand): void {
    if (command.type !== 'end' || this.#isOver) return;
    this.#isOver = true;
    this.#emit({ type: 'ended', legId: this.#legId, cause: command.cause });
  }

  snapshot(): null {
    return null;
  }
}
