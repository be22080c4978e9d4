/**
 * Ends an INVITE that an earlier process has left without a final response. The peer's is refused. Ours is sent again under its branch, which the peer
 * takes for a retransmission, and cancelled with the first response (RFC 3261 §9.1); a 2xx that crosses is acknowledged and ended.
 *
 * Leaves out: an INVITE whose final went to nobody and is no longer repeated (64*T1 later): the peer may take ours for a new call, which is cancelled at once.
 */
import { buildResponse } from '../message/build-response.ts';
import { parseMessage } from '../message/parse-message.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { LeftTransactions } from '../transaction/transaction-port.ts';
import type { Flow } from '../transport/flow.ts';
import type { HeaderPair } from './session-bodies.ts';
import { bytesFromText, type OpenInvite } from './session-state.ts';

export interface AbandonOptions {
  readonly transactions: LeftTransactions;
  /** A flow to where `invite.flow` says. */
  readonly flow: Flow;
  /** The final status for a peer. */
  readonly status: number;
  readonly reasonHeader: string;
  /** Put on the refusal. */
  readonly headers?: readonly HeaderPair[];
  /** A 2xx that nobody wants: see `UserAgent.dismiss`. */
  readonly dismiss: (response: SipResponse, flow: Flow) => void;
  /** Once; of a refusal from inside: the transaction goes on by itself. */
  readonly onOver: () => void;
}

/** False: the stored text is no request; nothing was done, and nobody will be told. */
export function abandonInvite(invite: OpenInvite, options: AbandonOptions): boolean {
  const parsed = parseMessage(bytesFromText(asWhole(invite.text)));
  if (!parsed.ok || parsed.message.kind !== 'request') return false;
  const request = parsed.message as SipRequest;
  if (invite.role === 'uac') takeBack(request, options);
  else refuse(request, invite.toTag, options);
  return true;
}

/** A request stored without its body: its Content-Length would ask for more than there is. */
function asWhole(text: string): string {
  return text.endsWith('\r\n\r\n') ? text.replace(/\r\n(?:Content-Length|l)[ \t]*:[^\r\n]*(?=\r\n)/i, '') : text;
}

function refuse(request: SipRequest, toTag: string | null, options: AbandonOptions): void {
  const transaction = options.transactions.reopen(request, options.flow);
  const headers: HeaderPair[] = [...(options.headers ?? []), ['Reason', options.reasonHeader]];
  transaction.respond(buildResponse(request, options.status, { ...(toTag === null ? {} : { toTag }), headers }));
  options.onOver();
}

function takeBack(request: SipRequest, options: AbandonOptions): void {
  const { flow, dismiss, onOver, transactions } = options;
  let isOver = false;
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    onOver();
  };
  const transaction = transactions.resend(request, flow, {
    onResponse: (response) => {
      if (response.isSuccess) dismiss(response, flow);
      if (response.isFinal) over();
    },
    onTimeout: over,
    onTransportFailure: over,
  });
  transaction.cancel(options.reasonHeader);
}
