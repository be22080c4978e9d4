/** What a phone publishes of itself: one document per event package (RFC 3903), as promises. */
import type { Authenticate } from '../event/event-port.ts';
import { Publisher, type PublisherOptions, type PublishState } from '../event/publisher.ts';
import type { HeaderPair, SessionBody } from '../session/session-bodies.ts';
import { PhoneError } from './phone-error.ts';

export interface PhonePublicationsOptions
  extends Pick<PublisherOptions, 'clock' | 'random' | 'transactions' | 'target'> {
  /** Our address of record, as name-addr. */
  readonly own: () => string;
  readonly authenticate: Authenticate;
  readonly headers: readonly HeaderPair[];
}

interface Published {
  readonly publisher: Publisher;
  /** Who waits for the next answer. */
  waiting: PromiseWithResolvers<number>[];
}

export class PhonePublications {
  readonly #options: PhonePublicationsOptions;
  readonly #byEvent = new Map<string, Published>();

  constructor(options: PhonePublicationsOptions) {
    this.#options = options;
  }

  publish(event: string, body: SessionBody | null, expiresSec: number): Promise<number> {
    const published = this.#byEvent.get(event) ?? this.#begin(event, expiresSec);
    const answer = Promise.withResolvers<number>();
    published.waiting.push(answer);
    if (body === null) published.publisher.remove();
    else published.publisher.publish(body);
    return answer.promise;
  }

  #begin(event: string, expiresSec: number): Published {
    const own = this.#options.own();
    const publisher = new Publisher({
      ...this.#options,
      event: { package: event },
      uri: /<(.*)>/.exec(own)?.[1] ?? own,
      from: own,
      to: own,
      expiresSec,
      onChange: (state) => settle(published, state),
    });
    const published: Published = { publisher, waiting: [] };
    this.#byEvent.set(event, published);
    return published;
  }
}

function settle(published: Published, state: PublishState): void {
  const { waiting } = published;
  published.waiting = [];
  for (const answer of waiting) {
    if (state.kind === 'failed') answer.reject(errorOf(state));
    else answer.resolve(state.kind === 'published' ? state.expiresSec : 0);
  }
}

function errorOf({ status, detail }: PublishState & { readonly kind: 'failed' }): PhoneError {
  if (status === undefined) return new PhoneError('sip_phone_timeout', `PUBLISH: ${detail}`);
  const isOurs = status === 401 || status === 403 || status === 407;
  return new PhoneError(isOurs ? 'sip_phone_credentials' : 'sip_phone_refused', `PUBLISH: ${detail}`, status);
}
