/** A phone's MESSAGE (RFC 3428 §4), challenged like anything else. */
import { type DigestClient, withCredentials } from '../auth/digest-client.ts';
import type { Random } from '../clock/random.ts';
import { buildRequest } from '../message/build-request.ts';
import type { SipRequest } from '../message/request.ts';
import type { HeaderPair, SessionBody } from '../session/session-port.ts';
import type { TransactionPort } from '../transaction/transaction-port.ts';
import type { Target } from '../transport/flow.ts';
import { PhoneError } from './phone-error.ts';

export interface OutgoingMessage {
  readonly random: Random;
  readonly transactions: TransactionPort;
  readonly digest: DigestClient;
  readonly target: Target;
  readonly from: string;
  /** URI of who is to read it. */
  readonly uri: string;
  readonly headers: readonly HeaderPair[];
  readonly body: SessionBody;
}

/** One challenge, one stale nonce. */
const mostAttempts = 3;

/** Resolves with the status: 200, some phone has it; 202, a server has, and sees to the rest. */
export function sendMessage(message: OutgoingMessage): Promise<number> {
  const { random, from, uri, headers, body } = message;
  const callId = random.token(24);
  const tag = random.token(12);
  const build = (seq: number): SipRequest =>
    buildRequest({
      method: 'MESSAGE',
      uri,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `${from};tag=${tag}`],
        ['To', `<${uri}>`],
        ['Call-ID', callId],
        ['CSeq', `${seq} MESSAGE`],
        ...headers,
        ['Content-Type', body.type],
      ],
      body: body.bytes,
    });
  return new Promise((resolve, reject) => attempt(message, { seq: 1, build, resolve, reject }));
}

interface Attempt {
  readonly seq: number;
  readonly build: (seq: number) => SipRequest;
  readonly resolve: (status: number) => void;
  readonly reject: (error: PhoneError) => void;
}

function attempt(message: OutgoingMessage, one: Attempt, credentials?: readonly HeaderPair[]): void {
  const { digest, transactions } = message;
  const { seq, build, resolve, reject } = one;
  const built = build(seq);
  const request = withCredentials(built, credentials ?? digest.authorize(built));
  // RFC 3428 §8: what is too large for UDP does not go by it, not even where TCP is refused.
  transactions.request(
    request,
    { ...message.target, tcpFallback: false },
    {
      onResponse: (response) => {
        const { status, reason } = response;
        if (!response.isFinal) return;
        if (response.isSuccess) {
          digest.learn(response);
          resolve(status);
          return;
        }
        const isChallenge = status === 401 || status === 407;
        const answer = isChallenge && seq < mostAttempts ? digest.answer(request, response) : undefined;
        if (answer?.ok === true) attempt(message, { ...one, seq: seq + 1 }, answer.headers);
        else
          reject(
            new PhoneError(
              isChallenge ? 'sip_phone_credentials' : 'sip_phone_refused',
              `MESSAGE: ${status} ${reason}`,
              status,
            ),
          );
      },
      onTimeout: () => reject(new PhoneError('sip_phone_timeout', 'nobody answers MESSAGE', 408)),
      onTransportFailure: ({ detail }) => reject(new PhoneError('sip_phone_unreachable', detail)),
    },
  );
}
