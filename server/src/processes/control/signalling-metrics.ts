/** What signalling counts as it goes: messages by direction, method and class, what could not be read, how calls ended, what the append log costs. */
import type { MediaCommand } from '@ringdown/media/protocol';
import type { SipRequest, SipResponse } from '@ringdown/sip';
import type { Counter, Histogram, Metrics } from '#base/metrics';
import type { EndCause } from '#engine/calls';

const methods = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'REGISTER', 'UPDATE', 'INFO'] as const;
const classes = ['1xx', '2xx', '3xx', '4xx', '5xx', '6xx'] as const;
type Direction = 'received' | 'sent';

const digitOne = 0x31;
/** "SIP/2.0 ": where the status begins. */
const statusAt = 8;
const responseStart = new TextEncoder().encode('SIP/');

export class SignallingMetrics {
  readonly #metrics: Metrics;
  readonly #requests: Readonly<Record<Direction, ReadonlyMap<string, Counter>>>;
  /** The method's octets and the blank behind it. */
  readonly #sentRequests: readonly (readonly [octets: Uint8Array, counter: Counter])[];
  readonly #otherRequests: Readonly<Record<Direction, Counter>>;
  readonly #responses: Readonly<Record<Direction, readonly Counter[]>>;
  readonly #malformed: Counter;
  readonly #logWrites: Histogram;
  readonly #mediaSessions: Counter;
  readonly #ended = new Map<string, Counter>();

  constructor(metrics: Metrics) {
    this.#metrics = metrics;
    const request = (direction: Direction, method: string): Counter =>
      metrics.counter('ringdown_sip_requests_total', 'SIP requests, retransmissions included', { direction, method });
    const requestsOf = (direction: Direction) => new Map(methods.map((method) => [method, request(direction, method)]));
    const responsesOf = (direction: Direction): Counter[] =>
      classes.map((status) =>
        metrics.counter('ringdown_sip_responses_total', 'SIP responses, retransmissions included', {
          direction,
          status,
        }),
      );
    this.#requests = { received: requestsOf('received'), sent: requestsOf('sent') };
    const octetsOf = new TextEncoder();
    this.#sentRequests = [...this.#requests.sent].map(([method, counter]) => [octetsOf.encode(`${method} `), counter]);
    this.#otherRequests = { received: request('received', 'other'), sent: request('sent', 'other') };
    this.#responses = { received: responsesOf('received'), sent: responsesOf('sent') };
    this.#mediaSessions = metrics.counter(
      'ringdown_media_sessions_opened_total',
      'media sessions asked for; a call whose media is direct has none',
    );
    this.#malformed = metrics.counter('ringdown_sip_malformed_total', 'messages that could not be read');
    this.#logWrites = metrics.histogram(
      'ringdown_append_log_write_seconds',
      'writing the calls that a turn changed, before anything is sent',
      [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1],
    );
  }

  received(message: SipRequest | SipResponse): void {
    if (message.kind === 'request') this.#request('received', message.method);
    else this.#responses.received[Math.floor(message.status / 100) - 1]?.add();
  }

  /** @param bytes a whole message as it goes out. */
  sent(bytes: Uint8Array): void {
    if (startsWith(bytes, responseStart)) {
      this.#responses.sent[(bytes[statusAt] ?? 0) - digitOne]?.add();
      return;
    }
    for (const [octets, counter] of this.#sentRequests) {
      if (!startsWith(bytes, octets)) continue;
      counter.add();
      return;
    }
    this.#otherRequests.sent.add();
  }

  malformed(): void {
    this.#malformed.add();
  }

  callEnded({ code, fault }: EndCause): void {
    const key = `${code} ${fault}`;
    let counter = this.#ended.get(key);
    if (counter === undefined) {
      const labels = { cause: code, fault };
      counter = this.#metrics.counter('ringdown_calls_ended_total', 'calls that are over, by cause', labels);
      this.#ended.set(key, counter);
    }
    counter.add();
  }

  mediaAsked({ verb }: MediaCommand): void {
    if (verb === 'openSession') this.#mediaSessions.add();
  }

  logWritten(tookMs: number): void {
    this.#logWrites.observe(tookMs / 1000);
  }

  #request(direction: Direction, method: string): void {
    (this.#requests[direction].get(method) ?? this.#otherRequests[direction]).add();
  }
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  for (let at = 0; at < start.length; at++) if (bytes[at] !== start[at]) return false;
  return true;
}
