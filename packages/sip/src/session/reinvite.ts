/** Re-INVITE (RFC 3261 §14.1). Without a body it asks the peer for an offer; see own-change.ts. */
import { startChange } from './own-change.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

export function reinvite(session: SessionCore, body: SessionBody | null, headers: readonly HeaderPair[]): boolean {
  return startChange(session, { method: 'INVITE', body, headers, isRefresh: false });
}
