/**
 * INFO across the back-to-back user agent (RFC 6086). Each side is told which packages the other is willing to receive, so the two agree end to end; an INFO of a package that the far side does
 * not want is refused here with 469, any other is answered here and said again there, octet for octet. INFO without a package, as phones send keys by it (dtmf-relay), passes as
 * it always has. MESSAGE in a dialog (RFC 3428 §4) goes the same way, and is accepted rather than delivered: 202.
 *
 * Unimplemented: Recv-Info that changes within a session (RFC 6086 §5.2.2).
 */
import {
  buildResponse,
  bytesToString,
  hasInfoPackage,
  parseMediaType,
  readInfoPackage,
  readRecvInfo,
  type ServerTransaction,
  type Session,
  type SipRequest,
  type SipResponse,
  stringIntoBytes,
} from '@ringdown/sip';
import type { Crossing, LegCommand, LegEvent } from '#engine/calls';
import { isPlainText } from './plain-text.ts';

/** Packages that are about one leg, each with why it stays there. All others cross where both sides name them. */
export const packagesOfOneLeg: readonly (readonly [name: string, why: string])[] = [
  ['trickle-ice', 'ICE is between a phone and its own side of the server (RFC 8840)'],
];

const header = 'Recv-Info';

/** What the other side is told of a message that says which packages its sender wants. */
export function recvInfoRows(message: SipRequest | SipResponse): [string, string][] {
  const names = readRecvInfo(message);
  if (names === undefined) return [];
  return [[header, names.filter((name) => !packagesOfOneLeg.some(([own]) => own === name.toLowerCase())).join(', ')]];
}

/** The packages that a peer was told of; undefined: none were spoken of. */
export function packagesTold({ headers }: Crossing): readonly string[] | undefined {
  if (headers.length === 0) return undefined;
  const rows = headers.filter(([name]) => name === header);
  if (rows.length === 0) return undefined;
  return rows.flatMap(([, value]) => value.split(',').map((name) => name.trim())).filter((name) => name !== '');
}

/** What goes along with the body. */
const headersOfInfo = ['Info-Package', 'Content-Disposition', 'Content-Encoding', 'Content-Language'] as const;
const headersOfMessage = ['Content-Disposition', 'Content-Encoding', 'Content-Language', 'Date', 'Expires'] as const;

type Informed = Omit<Extract<LegEvent, { type: 'informed' }>, 'type' | 'legId'>;

/** Answers it. Undefined: nothing of it crosses. @param told what this peer was told that the other side wants. */
export function receiveInform(
  transaction: ServerTransaction,
  told: readonly string[] | undefined,
): Informed | undefined {
  const { request } = transaction;
  const isMessage = request.method === 'MESSAGE';
  const { contentType = '', body } = request;
  if (contentType !== '' && parseMediaType(contentType) === undefined) {
    transaction.respond(buildResponse(request, 400, { reason: 'Malformed Content-Type header' }));
    return undefined;
  }
  const name = isMessage ? undefined : readInfoPackage(request);
  if (name !== undefined && told !== undefined && !hasInfoPackage(told, name)) {
    // RFC 6086 §4.2.2: with what would be welcome.
    transaction.respond(buildResponse(request, 469, { headers: [[header, told.join(', ')]] }));
    return undefined;
  }
  transaction.respond(buildResponse(request, isMessage ? 202 : 200));
  if (contentType === '' && name === undefined) return undefined;
  const names = isMessage ? headersOfMessage : headersOfInfo;
  const headers = names.flatMap((one) =>
    request.headers(one).flatMap((value): [string, string][] => (isPlainText(value) ? [[one, value]] : [])),
  );
  return {
    ...(isMessage ? { method: 'MESSAGE' } : {}),
    ...(headers.length === 0 ? {} : { headers }),
    contentType,
    body: bytesToString(body, 0, body.length),
  };
}

export function sendInform(session: Session, command: Extract<LegCommand, { type: 'inform' }>): void {
  const { method = 'INFO', headers = [], contentType, body } = command;
  const bytes = new Uint8Array(body.length);
  stringIntoBytes(body, bytes, 0);
  session.request(method, { headers, ...(contentType === '' ? {} : { body: { type: contentType, bytes } }) });
}
