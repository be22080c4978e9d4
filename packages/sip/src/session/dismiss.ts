/** Acknowledges and ends a 2xx that nobody wants: of a further fork, of a call given up, of a process before (RFC 3261 §13.2.2.4). */
import { type DialogState, dialogOfCaller, inDialogRequest, skippedSeq } from '../dialog/dialog.ts';
import type { SipResponse } from '../message/response.ts';
import type { ClientTransactionUser } from '../transaction/transaction-port.ts';
import type { Flow } from '../transport/flow.ts';
import { targetInDialog } from './target-of.ts';
import type { UserAgentOptions } from './user-agent-options.ts';

/** @param onOver its BYE is answered, or will not be */
export function dismiss(options: UserAgentOptions, response: SipResponse, flow: Flow, onOver = () => {}): void {
  const dialog = dialogOfCaller(response, '');
  if (dialog === undefined || dialog.remoteTarget === '') {
    onOver();
    return;
  }
  const target = targetInDialog(options, { dialog, flow, followsContact: false });
  const headers = options.headers ?? [];
  const { transactions } = options;
  transactions.sendDirect(acknowledgement(dialog), target);
  // PRACK and UPDATE may have gone out in the dialog while it was early.
  dialog.localSeq += skippedSeq;
  // The 2xx comes again when that ACK is lost; the BYE of then is answered 481 or 500.
  const user: ClientTransactionUser = {
    onResponse: (answer) => {
      if (answer.isFinal) onOver();
    },
    onTimeout: onOver,
    onTransportFailure: onOver,
  };
  transactions.request(inDialogRequest(dialog, { method: 'BYE', headers }), target, user);
}

function acknowledgement(dialog: DialogState) {
  return inDialogRequest(dialog, { method: 'ACK', headers: [], seq: dialog.localSeq });
}
