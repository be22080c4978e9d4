/**
 * Busy lamps: the package `dialog` (RFC 4235) of a user's calls. The whole at first and when it is asked for, then what changed, numbered.
 *
 * Leaves out: Call-ID and tags of the dialogs, which only a pick-up by Replaces would need; session descriptions.
 */
import { type DialogEntry, dialogInfoType, escapeUser, formatDialogInfo } from '@ringdown/sip';
import type { Presence, UserDialog } from '#services/presence';
import { type EventPackage, type OpenView, policyOf, type View } from './event-package.ts';

export function dialogPackage(presence: Presence): EventPackage {
  return {
    policy: policyOf(dialogInfoType),
    aspect: 'dialog',
    paceMs: 1_000,
    open: (options) => new DialogView(presence, options),
  };
}

class DialogView implements View {
  readonly #presence: Presence;
  readonly #options: OpenView;
  readonly #news = new Map<string, UserDialog>();
  readonly #stop: () => void;
  #version: number;

  constructor(presence: Presence, options: OpenView) {
    this.#presence = presence;
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
    const entries = dialogs.map((dialog) => entryOf(dialog, entity));
    const bytes = formatDialogInfo({ entity, version: this.#version, isFull, dialogs: entries });
    this.#version += 1;
    return { type: dialogInfoType, bytes };
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
