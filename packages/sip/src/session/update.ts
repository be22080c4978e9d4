/** UPDATE (RFC 3311), where the peer allows it. In a running session only; early dialogs come with 100rel. */
import { startChange } from './own-change.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

export function update(session: SessionCore, body: SessionBody | null, headers: readonly HeaderPair[]): boolean {
  return session.state.peerAllowsUpdate && startChange(session, { method: 'UPDATE', body, headers, isRefresh: false });
}
