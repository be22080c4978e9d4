/** INFO of a phone's call (RFC 6086), both ways. */
import { buildResponse } from '../message/build-response.ts';
import { hasInfoPackage, readInfoPackage } from '../message/info-package.ts';
import { bodyOf } from '../session/session-bodies.ts';
import type { HeaderPair, Session, SessionBody } from '../session/session-port.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import { PhoneError } from './phone-error.ts';

export interface CallInfo {
  /** Undefined: an INFO of before the packages, such as keys by application/dtmf-relay. */
  readonly package: string | undefined;
  readonly body: SessionBody | null;
}

/** What a phone says about INFO packages (RFC 6086 §5.2.1); nothing where it has none. */
export function recvInfo(packages: readonly string[] | undefined): readonly HeaderPair[] {
  return packages === undefined ? [] : [['Recv-Info', packages.join(', ')]];
}

/** Answers it. Undefined: refused, of a package that the phone does not want. */
export function takeInfo(transaction: ServerTransaction, packages: readonly string[]): CallInfo | undefined {
  const { request } = transaction;
  const name = readInfoPackage(request);
  if (name !== undefined && !hasInfoPackage(packages, name)) {
    transaction.respond(buildResponse(request, 469, { headers: recvInfo(packages) }));
    return undefined;
  }
  transaction.respond(buildResponse(request, 200));
  return { package: name, body: bodyOf(request) };
}

/** Resolves when the other side has it. */
export function sendInfo(session: Session, info: Partial<CallInfo>, headers: readonly HeaderPair[]): Promise<void> {
  const { package: name, body } = info;
  const all: readonly HeaderPair[] = name === undefined ? headers : [['Info-Package', name], ...headers];
  return new Promise((resolve, reject) => {
    const isSent = session.request('INFO', {
      headers: all,
      ...(body == null ? {} : { body }),
      onFinal: (response) => {
        if (response?.isSuccess === true) resolve();
        else if (response === undefined) reject(new PhoneError('sip_phone_timeout', 'nobody answers INFO', 408));
        else
          reject(new PhoneError('sip_phone_refused', `INFO: ${response.status} ${response.reason}`, response.status));
      },
    });
    if (!isSent) reject(new PhoneError('sip_phone_state', 'the call is not in a state to send INFO'));
  });
}
