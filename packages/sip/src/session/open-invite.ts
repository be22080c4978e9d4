/**
 * An INVITE that has no final response, as JSON: what another process needs to end it, ours by CANCEL, the peer's by a refusal. The dialog, if there
 * is one, is only early, so nothing more is promised.
 */
import type { SessionCore } from './session-core.ts';
import type { OpenInvite } from './session-state.ts';
import { headTextOf, textOf } from './stored-text.ts';

export function takeOpenInvite({ state, agent, ownInvite, peerInvite }: SessionCore): OpenInvite | null {
  const isOpen = state.role === 'uac' ? state.dialog === null : state.phase === 'ringing';
  const transaction = ownInvite?.transaction ?? peerInvite?.transaction;
  if (!isOpen || state.phase === 'ended' || transaction === undefined) return null;
  const { request, flow } = transaction;
  return {
    schema: 1,
    role: state.role,
    uri: request.uri,
    text: state.role === 'uac' ? textOf(request, agent.decode) : headTextOf(request),
    toTag: peerInvite?.toTag ?? null,
    flow: { kind: flow.kind, local: flow.local, remote: flow.remote },
  };
}
