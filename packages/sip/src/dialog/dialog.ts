/**
 * A dialog (RFC 3261 §12) as plain data and the functions over it: made from an INVITE and its response, it says how the next request looks
 * and whether one that came is in order. The state is JSON: it is stored with its call and taken up by another process.
 */
import { buildRequest } from '../message/build-request.ts';
import { parseNameAddr } from '../message/name-addr.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { routedRequest } from './route-set.ts';

export interface DialogState {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** From and To values of our requests: name-addr with tag. */
  readonly local: string;
  readonly remote: string;
  /** Where in-dialog requests are addressed: the peer's Contact (target refresh, RFC 3261 §12.2.1.2). */
  remoteTarget: string;
  readonly routes: readonly string[];
  localSeq: number;
  /** 0 before the peer's first request. */
  remoteSeq: number;
}

/** The caller's view, from its INVITE and a response with a To-tag (§12.1.2). Undefined where the response makes no dialog. */
export function dialogOfCaller(request: SipRequest, response: SipResponse): DialogState | undefined {
  const remoteTag = response.to.tag;
  const localTag = request.from.tag;
  if (remoteTag === undefined || localTag === undefined) return undefined;
  const contact = response.contacts()[0]?.uriText;
  return {
    callId: request.callId,
    localTag,
    remoteTag,
    local: request.header('From') ?? '',
    remote: response.header('To') ?? '',
    remoteTarget: contact ?? request.uri,
    routes: response.headers('Record-Route').reverse(),
    localSeq: request.cseq.seq,
    remoteSeq: 0,
  };
}

/** The callee's view, from the INVITE and our own tag (§12.1.1). */
export function dialogOfCallee(request: SipRequest, localTag: string): DialogState {
  return {
    callId: request.callId,
    localTag,
    // RFC 2543 callers may have no tag (§12.1.1).
    remoteTag: request.from.tag ?? '',
    local: `${request.header('To') ?? ''};tag=${localTag}`,
    remote: request.header('From') ?? '',
    remoteTarget: request.contacts()[0]?.uriText ?? request.from.uriText,
    routes: request.headers('Record-Route'),
    localSeq: 0,
    remoteSeq: request.cseq.seq,
  };
}

export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

export interface InDialogParts {
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: Uint8Array;
  /** ACK and a repeated request keep the number of the one they belong to. */
  readonly seq?: number;
}

/** The next request of ours in this dialog (§12.2.1.1). */
export function inDialogRequest(dialog: DialogState, parts: InDialogParts): SipRequest {
  if (parts.seq === undefined) dialog.localSeq += 1;
  const { uri, routes } = routedRequest(dialog.remoteTarget, dialog.routes);
  return buildRequest({
    method: parts.method,
    uri,
    headers: [
      ...routes.map((route) => ['Route', route] as const),
      ['Max-Forwards', '70'],
      ['From', dialog.local],
      ['To', dialog.remote],
      ['Call-ID', dialog.callId],
      ['CSeq', `${parts.seq ?? dialog.localSeq} ${parts.method}`],
      ...parts.headers,
    ],
    body: parts.body,
  });
}

/** Where the next request goes to first: the first route, else the remote target (a URI text). */
export function nextHopOf(dialog: DialogState): string {
  const first = dialog.routes[0];
  return first === undefined ? dialog.remoteTarget : (parseNameAddr(first)?.uriText ?? dialog.remoteTarget);
}

/** Whether a request of the peer comes in order (§12.2.2); a lower number is answered 500. ACK and CANCEL are not counted. */
export function takeRemoteSeq(dialog: DialogState, request: SipRequest): boolean {
  if (request.cseq.seq <= dialog.remoteSeq && dialog.remoteSeq !== 0) return false;
  dialog.remoteSeq = request.cseq.seq;
  return true;
}

/** INVITE and UPDATE, and their 2xx, move the remote target (§12.2). */
export function refreshTarget(dialog: DialogState, message: SipRequest | SipResponse): void {
  const contact = message.contacts()[0]?.uriText;
  if (contact !== undefined) dialog.remoteTarget = contact;
}
