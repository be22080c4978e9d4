/** Messages: parse, read everything, format, parse again; edit, answer and validate what parsed; answer what did not. */
import {
  buildResponse,
  checkRequest,
  edit,
  formatMessage,
  formatRejection,
  parseContactList,
  parseHistory,
  parseMessage,
  parseMultipart,
  parsePrivacy,
  readAssertedIdentity,
  readDisposition,
  readInfoPackage,
  readPagerMessage,
  readPreferences,
  readRecvInfo,
  readRefer,
  type SipRequest,
  type SipResponse,
} from '@ringdown/sip';
import { messages } from './corpus.ts';
import { areEqualBytes, ensure, type FuzzTarget, toBytes } from './target.ts';

export const messageTarget: FuzzTarget = {
  name: 'message',
  corpus: messages,
  check: (input) => checkMessage(toBytes(input)),
};

function checkMessage(bytes: Uint8Array): void {
  const result = parseMessage(bytes);
  if (!result.ok) {
    ensure(result.failure.reason !== '' && result.failure.status >= 400, 'a failure has a reason and a status');
    const rejection = formatRejection(result.failure);
    if (rejection !== undefined)
      ensure(Buffer.from(rejection.bytes).toString('latin1').startsWith('SIP/2.0 '), 'a rejection is a response');
    return;
  }
  const { message } = result;
  touch(message);
  const formatted = formatMessage(message);
  // Keep-alive bytes before a message and what follows its body are no part of it.
  let start = 0;
  while (start < bytes.length && (bytes[start] === 13 || bytes[start] === 10 || bytes[start] === 0)) start++;
  ensure(
    areEqualBytes(formatted, bytes.subarray(start, start + formatted.length)),
    'an unedited message comes out byte for byte',
  );
  const again = reparse(formatted, 'what was formatted parses');
  ensure(JSON.stringify(again.rows()) === JSON.stringify(message.rows()), 'format and parse keep every row');
  const edited = edit(message)
    .prependHeader('Via', 'SIP/2.0/UDP me;branch=z9hG4bKx')
    .setHeader('Max-Forwards', 9)
    .addHeader('X-Text', 'Grüße')
    .done();
  const onward = reparse(formatMessage(edited), 'what was edited parses');
  ensure(
    onward.topVia.host === 'me' && onward.maxForwards === 9 && onward.header('x-text') === 'Grüße',
    'an edit is there',
  );
  ensure(areEqualBytes(onward.body, message.body), 'an edit keeps the body');
  if (message.kind === 'request') checkAnswer(message);
}

function checkAnswer(request: SipRequest): void {
  checkRequest(request, { role: 'server', methods: ['INVITE'], contentTypes: ['application/sdp'] });
  checkRequest(request, { role: 'proxy' });
  const response = reparse(
    formatMessage(buildResponse(request, 200, { toTag: 'mine' })),
    'a response to what parsed parses',
  );
  ensure(
    response.callId === request.callId && response.from.tag === request.from.tag,
    'a response belongs to its request',
  );
  ensure(response.to.tag === (request.to.tag ?? 'mine'), 'a response has a tag');
  ensure(
    response.topVia.branch === request.topVia.branch && response.cseq.seq === request.cseq.seq,
    'a response finds its transaction',
  );
}

function reparse(bytes: Uint8Array, what: string): SipRequest | SipResponse {
  const result = parseMessage(bytes);
  ensure(result.ok, result.ok ? what : `${what}: ${result.failure.reason}`);
  return (result as { message: SipRequest | SipResponse }).message;
}

function touch(message: SipRequest | SipResponse): void {
  void [
    message.topVia,
    message.vias(),
    message.from.uri,
    message.to.uri,
    message.cseq,
    message.callId,
    message.contacts(),
  ];
  void [
    message.hasWildcardContact,
    message.routes(),
    message.recordRoutes(),
    message.maxForwards,
    message.expires,
    message.body,
  ];
  for (const { name } of message.rows())
    void [message.header(name), message.headers(name), message.hasToken(name, 'x'), message.addresses(name)];
  parseContactList(message.headers('Contact'));
  void [parseHistory(message.headers('History-Info')), parsePrivacy(message.headers('Privacy'))];
  void [readAssertedIdentity(message), readRecvInfo(message), readDisposition(message.headers('Request-Disposition'))];
  void readPreferences(message.headers('Accept-Contact'), message.headers('Reject-Contact'));
  if (message.contentType !== undefined) parseMultipart(message.contentType, message.body);
  if (message.kind !== 'request') return;
  void [message.requestUri, readInfoPackage(message), readPagerMessage(message), readRefer(message)];
}
