/**
 * Busy lamps: the package `dialog` (RFC 4235) of a user's calls. The whole at first and when it is asked for, then what changed, numbered.
 * Whoever may take the call from there is told the dialog's name, to put into Replaces (RFC 4235 §4.1.1, RFC 3891).
 *
 * Leaves out: session descriptions.
 */
import { type DialogEntry, type DialogId, dialogInfoType, escapeUser, formatDialogInfo } from '@ringdown/sip';
import type { LegId } from '#base/ids';
import type { Presence, UserDialog } from '#services/presence';
import { type EventPackage, type OpenView, policyOf, type View } from './event-package.ts';

/** Our end of a leg's dialog; null: there is none. */
export type DialogNameOf = (legId: LegId) => DialogId | null;

export function dialogPackage(presence: Presence, nameOf: DialogNameOf): EventPackage {
  return {
    policy: policyOf(dialogInfoType),
    aspect: 'dialog',
    paceMs: 1_000,
    open: (options) => new DialogView({ presence, nameOf }, options),
  };
}

class DialogView implements View {
  readonly #presence: Presence;
  readonly #nameOf: DialogNameOf;
  readonly #options: OpenView;
  readonly #news = new Map<string, UserDialog>();
  readonly #stop: () => void;
  #version: number;

  constructor({ presence, nameOf }: { readonly presence: Presence; readonly nameOf: DialogNameOf }, options: OpenView) {
    this.#presence = presence;
    this.#nameOf = nameOf;
    this.#options = options;
    this.#version = options.version;
    const { tenant, user } = options.watched;
    this.#stop = presence.lamps.watch(tenant, user, (dialog) => {
      this.#news.set(dialog.id, dialog);
      options.changed();
    });
  }

  compose(isFull: boolean) {
    const { tenant, user, aor } = this.#options.watched;
    const dialogs = isFull ? this.#presence.lamps.dialogsOf(tenant, user) : [...this.#news.values()];
    this.#news.clear();
    const entity = `sip:${aor}`;
    const entries = dialogs.map((dialog) => ({ ...entryOf(dialog, entity), ...this.#nameIn(dialog) }));
    const bytes = formatDialogInfo({ entity, version: this.#version, isFull, dialogs: entries });
    this.#version += 1;
    return { type: dialogInfoType, bytes };
  }

  /** As the watched phone has it: its own tag is local. */
  #nameIn({ legId, phase }: UserDialog): Pick<DialogEntry, 'callId' | 'localTag' | 'remoteTag'> {
    const mayTake = this.#options.mayTake();
    const isTold = mayTake === 'all' || (mayTake === 'ringing' && phase === 'early');
    const name = legId === null || !isTold ? null : this.#nameOf(legId);
    return name === null ? {} : { callId: name.callId, localTag: name.remoteTag, remoteTag: name.localTag };
  }

  stop(): void {
    this.#stop();
  }
}

function entryOf({ id, phase, direction, remote }: UserDialog, entity: string): DialogEntry {
  const uri = remote.user === '' ? undefined : `sip:${escapeUser(remote.user)}@${remote.host}`;
  const display = remote.displayName === '' ? undefined : remote.displayName;
  return {
    id,
    phase,
    direction,
    local: { identity: entity, target: entity },
    ...(uri === undefined ? {} : { remote: { identity: uri, display, target: uri } }),
  };
}
