/** The Refer-To of an attended transfer (RFC 5589 §7.3, RFC 3891 §3): who is called there replaces our own call with that one. */

import { formatReplaces } from '../message/replaces.ts';
import type { Session } from '../session/session-port.ts';

/**
 * @param uri whom `consulted` is with: its Contact, or the address that it was called by
 * @returns undefined where that call has no dialog yet
 */
export function referToReplacing(uri: string, consulted: Session): string | undefined {
  const { dialogId } = consulted;
  if (dialogId === null) return undefined;
  const { callId, localTag, remoteTag } = dialogId;
  // As its peer, who gets the INVITE, knows the dialog.
  const replaces = formatReplaces({ callId, toTag: remoteTag, fromTag: localTag, isEarlyOnly: false });
  return `${uri.split('?')[0]}?Replaces=${encodeURIComponent(replaces)}`;
}
