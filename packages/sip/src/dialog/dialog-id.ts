/** What names a dialog (RFC 3261 §12): Call-ID and both tags, from our side. */
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';

export interface DialogId {
  readonly callId: string;
  readonly localTag: string;
  /** '' for an RFC 2543 peer (§12.1.1). */
  readonly remoteTag: string;
}

/** A space cannot stand in a Call-ID or a tag, so no two dialogs share a key. */
export function dialogKey({ callId, localTag, remoteTag }: DialogId): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

/** The dialog that a request of the peer is for (§12.2.2). */
export function dialogIdOfRequest(request: SipRequest): DialogId {
  return { callId: request.callId, localTag: request.to.tag ?? '', remoteTag: request.from.tag ?? '' };
}

/** The dialog that a response to a request of ours is for. */
export function dialogIdOfResponse(response: SipResponse): DialogId {
  return { callId: response.callId, localTag: response.from.tag ?? '', remoteTag: response.to.tag ?? '' };
}
