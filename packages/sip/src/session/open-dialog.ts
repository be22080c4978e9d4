/** The callee's dialog. */
import { dialogOfCallee } from '../dialog/dialog.ts';
import type { PeerInvite, SessionCore } from './session-core.ts';

/** A response with our tag makes the dialog: early by a provisional, at once by a 2xx (RFC 3261 §12.1.1). */
export function openDialog(session: SessionCore, { transaction, toTag }: PeerInvite): void {
  const { state } = session;
  if (state.dialog !== null) return;
  state.dialog = dialogOfCallee(transaction.request, toTag);
  session.agent.adopt(state.dialog, session);
}
