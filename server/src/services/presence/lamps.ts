/**
 * Who is in a call, for those who watch (busy lamps). Keeps the dialogs of watched users only: where nobody watches, a call costs nothing here. The first watcher of a user has the
 * calls looked through once; from then on each changed call is told.
 */
import type { TenantId, UserId } from '#base/ids';
import type { CallState } from '#engine/calls';
import type { DirectoryViews } from '#services/directory';
import { dialogsOfCall, type OwnedDialog, type UserDialog } from './dialogs-of-call.ts';

export interface LampsPorts {
  readonly directory: Pick<DirectoryViews, 'findAddress'>;
  /** Those that are known now. */
  readonly calls: () => Iterable<CallState>;
}

export type OnDialog = (dialog: UserDialog) => void;

interface Watched {
  readonly watchers: Set<OnDialog>;
  readonly dialogs: Map<string, UserDialog>;
}

export class Lamps {
  readonly #ports: LampsPorts;
  readonly #watched = new Map<string, Watched>();

  constructor(ports: LampsPorts) {
    this.#ports = ports;
  }

  /** Somebody watches somebody: `callsChanged` has listeners. */
  get isWatched(): boolean {
    return this.#watched.size > 0;
  }

  /** Told of each dialog of the user that begins, changes or ends. Returns how to stop. */
  watch(tenant: TenantId, user: UserId, onDialog: OnDialog): () => void {
    const key = keyOf(tenant, user);
    let watched = this.#watched.get(key);
    if (watched === undefined) {
      watched = { watchers: new Set(), dialogs: this.#lookThrough(tenant, key) };
      this.#watched.set(key, watched);
    }
    const { watchers } = watched;
    watchers.add(onDialog);
    return () => {
      watchers.delete(onDialog);
      if (watchers.size === 0 && this.#watched.get(key)?.watchers === watchers) this.#watched.delete(key);
    };
  }

  /** Of a watched user. */
  dialogsOf(tenant: TenantId, user: UserId): readonly UserDialog[] {
    return [...(this.#watched.get(keyOf(tenant, user))?.dialogs.values() ?? [])];
  }

  callsChanged(calls: readonly CallState[]): void {
    if (this.#watched.size === 0) return;
    for (const call of calls) {
      for (const owned of dialogsOfCall(call)) {
        const watched = this.#watched.get(this.#keyOf(call.tenantId, owned));
        if (watched !== undefined) note(watched, owned.dialog);
      }
    }
  }

  #lookThrough(tenant: TenantId, key: string): Map<string, UserDialog> {
    const dialogs = new Map<string, UserDialog>();
    for (const call of this.#ports.calls()) {
      if (call.tenantId !== tenant) continue;
      for (const owned of dialogsOfCall(call)) {
        const { dialog } = owned;
        if (dialog.phase !== 'terminated' && this.#keyOf(tenant, owned) === key) dialogs.set(dialog.id, dialog);
      }
    }
    return dialogs;
  }

  #keyOf(tenant: TenantId, { owner }: OwnedDialog): string {
    if ('user' in owner) return keyOf(tenant, owner.user);
    const at = owner.aor.lastIndexOf('@');
    const found = this.#ports.directory.findAddress(owner.aor.slice(0, at), owner.aor.slice(at + 1));
    return found?.tenant === tenant ? keyOf(tenant, found.user) : '';
  }
}

function note({ watchers, dialogs }: Watched, dialog: UserDialog): void {
  const known = dialogs.get(dialog.id);
  if (dialog.phase === 'terminated') {
    if (!dialogs.delete(dialog.id)) return;
  } else if (known?.phase === dialog.phase) return;
  else dialogs.set(dialog.id, dialog);
  for (const onDialog of [...watchers]) onDialog(dialog);
}

function keyOf(tenant: TenantId, user: string): string {
  return `${tenant} ${user}`;
}
