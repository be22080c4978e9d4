/**
 * A dialog (RFC 3261 §12) as plain data and the functions over it: made from an INVITE and a response to it, it says how the next request
 * looks and whether one that came is in order. The state is JSON: it is stored with its call and taken up by another process.
 *
 * Leaves out: what runs in the dialog (session/), and dialogs made by NOTIFY. The secure flag of §12.1.1 is not kept: it is that the remote target is a
 * `sips:` URI.
 */
import { buildRequest } from '../message/build-request.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { detachString } from '../message/text.ts';
import type { DialogId } from './dialog-id.ts';
import { routedRequest, routeSetOfCallee, routeSetOfCaller } from './route-set.ts';

export interface DialogState extends DialogId {
  /** From and To values of our requests: name-addr with tag. */
  readonly local: string;
  readonly remote: string;
  /** Where in-dialog requests are addressed: the peer's Contact (§12.2.1.2). */
  remoteTarget: string;
  /** Route values, in our order. Fixed once the dialog is confirmed (§12.2). */
  routes: readonly string[];
  /** A 2xx has been sent or received; before that it is early. */
  isConfirmed: boolean;
  /** Of our last request. */
  localSeq: number;
  /** Of the peer's last request; null before its first. */
  remoteSeq: number | null;
}

/**
 * The caller's view, from a response to its INVITE above 100 (§12.1.2); `requestUri` stands in for a Contact that is missing. Undefined: the response
 * makes no dialog.
 */
export function dialogOfCaller(response: SipResponse, requestUri: string): DialogState | undefined {
  const remoteTag = response.to.tag;
  const localTag = response.from.tag;
  if (localTag === undefined || response.status <= 100 || response.status >= 300) return undefined;
  // An RFC 2543 peer may answer without a tag (§12.1.2); its provisionals make no dialog.
  if (remoteTag === undefined && !response.isSuccess) return undefined;
  return {
    callId: response.callId,
    localTag,
    remoteTag: remoteTag ?? '',
    local: response.header('From') ?? '',
    remote: response.header('To') ?? '',
    remoteTarget: targetOfContact(response) ?? requestUri,
    routes: routeSetOfCaller(response),
    isConfirmed: response.isSuccess,
    localSeq: response.cseq.seq,
    remoteSeq: null,
  };
}

/** The callee's view, from the INVITE and our own tag (§12.1.1). */
export function dialogOfCallee(request: SipRequest, localTag: string): DialogState {
  return {
    callId: request.callId,
    localTag,
    remoteTag: request.from.tag ?? '',
    local: `${request.header('To') ?? ''};tag=${localTag}`,
    remote: request.header('From') ?? '',
    remoteTarget: targetOfContact(request) ?? request.from.uriText,
    routes: routeSetOfCallee(request),
    isConfirmed: false,
    localSeq: 0,
    remoteSeq: request.cseq.seq,
  };
}

/** A 2xx to INVITE confirms the early dialog and states its route set anew (§13.2.2.4); sequence numbers go on. */
export function confirmDialog(dialog: DialogState, response: SipResponse): void {
  dialog.isConfirmed = true;
  dialog.routes = routeSetOfCaller(response);
  refreshTarget(dialog, response);
}

/** Its texts are parts of the messages that made it: gives it its own. */
export function detachDialog(dialog: DialogState): void {
  Object.assign(dialog, {
    callId: detachString(dialog.callId),
    localTag: detachString(dialog.localTag),
    remoteTag: detachString(dialog.remoteTag),
    local: detachString(dialog.local),
    remote: detachString(dialog.remote),
    remoteTarget: detachString(dialog.remoteTarget),
    routes: dialog.routes.length === 0 ? noRoutes : dialog.routes.map(detachString),
  });
}

const noRoutes: readonly string[] = [];

/**
 * Numbers may be left out (§12.2.2), never used again: so many are where requests of ours may have gone out that we do not know of, from a process before or in a dialog that
 * was let go.
 */
export const skippedSeq = 1_000;

export interface InDialogParts {
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Uint8Array | undefined;
  /** ACK has the number of its INVITE; everything else takes the next. */
  readonly seq?: number | undefined;
}

const maxForwards = ['Max-Forwards', '70'] as const;

/** The next request of ours in this dialog (§12.2.1.1). */
export function inDialogRequest(dialog: DialogState, parts: InDialogParts): SipRequest {
  if (parts.seq === undefined) dialog.localSeq += 1;
  const { uri, routes } = routedRequest(dialog.remoteTarget, dialog.routes);
  return buildRequest({
    method: parts.method,
    uri,
    headers: [
      ...routes.map((route) => ['Route', route] as const),
      maxForwards,
      ['From', dialog.local],
      ['To', dialog.remote],
      ['Call-ID', dialog.callId],
      ['CSeq', `${parts.seq ?? dialog.localSeq} ${parts.method}`],
      ...parts.headers,
    ],
    body: parts.body,
  });
}

/** The URI of the next hop of our requests: the first route, else the remote target (§8.1.2). */
export function nextHopOf(dialog: DialogState): string {
  return routedRequest(dialog.remoteTarget, dialog.routes).nextHop;
}

/** Whether a request of the peer comes in order (§12.2.2); one that does not is answered 500. Not for ACK and CANCEL. */
export function takeRemoteSeq(dialog: DialogState, request: SipRequest): boolean {
  const { seq } = request.cseq;
  if (dialog.remoteSeq !== null && seq <= dialog.remoteSeq) return false;
  dialog.remoteSeq = seq;
  return true;
}

/** INVITE and UPDATE, and their 2xx, move the remote target (§12.2.1.2, §12.2.2; RFC 3311 §5.1); BYE, INFO and others do not. */
export function refreshTarget(dialog: DialogState, message: SipRequest | SipResponse): void {
  const contact = targetOfContact(message);
  if (contact !== undefined) dialog.remoteTarget = contact;
}

/** Of a Contact that is no URI nothing can be made: it counts as none. */
function targetOfContact(message: SipRequest | SipResponse): string | undefined {
  const contact = message.contacts()[0];
  return contact === undefined || (contact.uri.kind === 'other' && contact.uri.isMalformed)
    ? undefined
    : contact.uriText;
}
