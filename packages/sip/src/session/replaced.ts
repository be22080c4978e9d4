/**
 * INVITE with Replaces, at the one who gets it (RFC 3891 §3): which session it is to take the place of, and whether it still can when it is accepted. Who may do that
 * is for the owner of the sessions to say.
 */
import { type DialogId, dialogKey } from '../dialog/dialog-id.ts';
import { headerId } from '../message/header-names.ts';
import { parseReplaces } from '../message/replaces.ts';
import type { SipRequest } from '../message/request.ts';
import type { SessionCore } from './session-core.ts';
import type { Replaced } from './session-port.ts';

const REPLACES = headerId('Replaces');
const JOIN = headerId('Join');

export type ReplacesVerdict =
  | { readonly replacement: Replaced | null }
  | { readonly status: number; readonly reason?: string };

const noReplaces: ReplacesVerdict = { replacement: null };

/** @param byDialog sessions by {@link dialogKey}. */
export function readReplaces(request: SipRequest, byDialog: ReadonlyMap<string, SessionCore>): ReplacesVerdict {
  const { head } = request;
  const row = head.find(REPLACES);
  if (row < 0) return noReplaces;
  const replaces = parseReplaces(head.valueOf(row));
  if (replaces === undefined || head.find(REPLACES, row + 1) >= 0) return { status: 400, reason: 'Bad Replaces' };
  if (head.find(JOIN) >= 0) return { status: 400, reason: 'Replaces And Join' };
  const { callId, isEarlyOnly } = replaces;
  const id: DialogId = { callId, localTag: tagOf(replaces.toTag), remoteTag: tagOf(replaces.fromTag) };
  const session = byDialog.get(dialogKey(id));
  if (session === undefined) return { status: 481 };
  const replacement = { session, isEarlyOnly };
  const status = refusalOf(replacement);
  return status === undefined ? { replacement } : { status };
}

/** 0 stands for the missing tag of an RFC 2543 peer (RFC 3891 §6.1). */
function tagOf(tag: string): string {
  return tag === '0' ? '' : tag;
}

/** Why it cannot be replaced now; undefined: it can. */
export function refusalOf({ session, isEarlyOnly }: Replaced): number | undefined {
  switch (session.phase) {
    case 'ending':
    case 'ended':
      return 603;
    case 'accepted':
    case 'confirmed':
      return isEarlyOnly ? 486 : undefined;
    default:
      // An early dialog that we have not begun ourselves: its caller is not to be taken away from whoever it called.
      return session.role === 'uac' ? undefined : 481;
  }
}
