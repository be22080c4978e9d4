/** A leg whose INVITE an earlier process has left without a final response: it can only be ended. */
import { type AbandonOptions, abandonInvite, type Flow, type HeaderPair, type OpenInvite } from '@ringdown/sip';
import type { LegId } from '#base/ids';
import type { LegCommand, LegEvent, Row } from '#engine/calls';
import { inviteRow } from './leg-row.ts';
import { reasonHeaderFor, statusFor } from './status-map.ts';
import type { StoredLeg } from './stored-leg.ts';

export interface LeftLegOptions extends Pick<AbandonOptions, 'transactions' | 'dismiss'> {
  readonly legId: LegId;
  readonly stored: StoredLeg & { readonly invite: OpenInvite };
  readonly flow: Flow;
  readonly headers: readonly HeaderPair[];
  readonly emit: (event: LegEvent) => void;
  /** Runs a task as an input of a later turn. */
  readonly post: (task: () => void) => void;
  readonly onOver: (legId: LegId) => void;
}

export class LeftLeg {
  readonly #options: LeftLegOptions;
  readonly #row: Row;
  #isEnding = false;

  constructor(options: LeftLegOptions) {
    this.#options = options;
    const { stored } = options;
    this.#row = inviteRow(stored.invite, { ...stored, said: null });
  }

  snapshot(): Row {
    return this.#row;
  }

  perform(command: LegCommand): void {
    if (command.type !== 'end' || this.#isEnding) return;
    this.#isEnding = true;
    const { cause } = command;
    const { legId, stored, post, emit, onOver } = this.#options;
    const over = (): void =>
      post(() => {
        onOver(legId);
        emit({ type: 'ended', legId, cause });
      });
    const isKnown = abandonInvite(stored.invite, {
      ...this.#options,
      status: statusFor(cause),
      reasonHeader: reasonHeaderFor(cause),
      onOver: over,
    });
    if (!isKnown) over();
  }
}
