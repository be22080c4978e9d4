/** UPDATE (RFC 3311), where the peer allows it: in a running session, or in an early dialog that PRACK has made sure of. */
import { startChange } from './own-change.ts';
import type { SessionCore } from './session-core.ts';
import type { HeaderPair, SessionBody } from './session-port.ts';

interface Update {
  readonly body: SessionBody | null;
  readonly headers: readonly HeaderPair[];
  /** Of a caller, before the 2xx: to which. */
  readonly fork: string;
}

export function update(session: SessionCore, wanted: Update): boolean {
  return session.state.peerAllowsUpdate && startChange(session, { ...wanted, method: 'UPDATE', isRefresh: false });
}
