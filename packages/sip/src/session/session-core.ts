/** What the parts of a session (caller, callee, change, timer) see of the whole, and the whole of its user agent. */
import type { DialogState } from '../dialog/dialog.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import type { ClientTransactionUser } from '../transaction/transaction-port.ts';
import type { Flow, Target } from '../transport/flow.ts';
import type { HeaderPair, InviteOptions, Session, SessionBody, SessionEnd, SessionUser } from './session-port.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

/** The user agent, as its sessions see it. */
export interface SessionAgent {
  readonly options: UserAgentOptions;
  adopt(key: string, session: SessionCore): void;
  forget(key: string): void;
  /** Acknowledges and ends a 2xx that nobody wants. */
  dismiss(response: SipResponse, flow: Flow): void;
}

export interface SessionCore extends Session {
  readonly agent: SessionAgent;
  phase: Session['phase'];
  readonly user: SessionUser | null;
  readonly dialog: DialogState | null;
  flow: Flow | null;
  readonly authenticate: InviteOptions['authenticate'];
  /** Our Contact towards the peer. */
  readonly contact: HeaderPair;
  readonly change: {
    lastLocal: SessionBody | null;
    lastRemote: SessionBody | null;
    reinvite(body: SessionBody | null, headers: readonly HeaderPair[], isRefresh?: boolean): boolean;
  };
  readonly timer: {
    answer(request: SipRequest): HeaderPair[];
    begin(response: SipResponse, role: 'uac'): void;
    refreshHeaders(): HeaderPair[];
  };
  setDialog(dialog: DialogState): void;
  build(method: string, headers: readonly HeaderPair[], body: SessionBody | null, seq?: number): SipRequest;
  respondTo(
    request: SipRequest,
    status: number,
    parts?: { readonly headers?: readonly HeaderPair[]; readonly body?: SessionBody },
  ): SipResponse;
  send(request: SipRequest, user: ClientTransactionUser): void;
  target(): Target;
  /** Allow and Contact of the peer's message. */
  learn(message: SipRequest | SipResponse): void;
  hangUp(reasonHeader?: string, end?: SessionEnd): void;
  checkGone(response: SipResponse): boolean;
  over(end: SessionEnd): void;
}
