/**
 * The compositor's side of PUBLISH (RFC 3903 §6): documents of whoever may say them, each with an entity-tag that the next PUBLISH must name, until they expire. Who may publish what is
 * decided before.
 *
 * Leaves out: what is made of several documents of one entity (the package says), and keeping them over a restart: a phone that is told 412 publishes anew (§4.1).
 */
import type { Clock, TimerOwner } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { buildResponse } from '../message/build-response.ts';
import { parseMediaType } from '../message/media-type.ts';
import type { SipRequest } from '../message/request.ts';
import { bodyOf, type HeaderPair, type SessionBody } from '../session/session-bodies.ts';
import type { ServerTransaction } from '../transaction/transaction-port.ts';
import type { PackagePolicy } from './accept-subscribe.ts';
import { eventOf } from './event-name.ts';

export interface PublicationsOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** By name, in lower case. */
  readonly packages: ReadonlyMap<string, PackagePolicy>;
  /** Whether a document can be used; else 400. */
  readonly isReadable: (body: SessionBody, event: string) => boolean;
  /** What is published of that entity is another than before. */
  readonly onChange: (entity: string, event: string) => void;
  /** Documents of one entity and package; the oldest gives way. Default 10. */
  readonly most?: number;
  readonly headers?: readonly HeaderPair[];
}

interface Answer {
  readonly status: number;
  readonly headers: readonly HeaderPair[];
  readonly reason?: string;
}

export class Publications {
  readonly #options: PublicationsOptions;
  /** By entity and package, oldest first. */
  readonly #byEntity = new Map<string, Publication[]>();

  constructor(options: PublicationsOptions) {
    this.#options = options;
  }

  /** The documents of an entity that have not expired, oldest first. */
  of(entity: string, event: string): readonly SessionBody[] {
    return this.#listOf(entity, event).map(({ body }) => body);
  }

  /** Answers a PUBLISH about that entity, by somebody who may. */
  receive(transaction: ServerTransaction, entity: string): void {
    const { status, headers, reason } = this.#answer(transaction.request, entity);
    const rows = [...(this.#options.headers ?? []), ...headers];
    transaction.respond(buildResponse(transaction.request, status, { reason, headers: rows }));
  }

  /** In the order of §6. */
  #answer(request: SipRequest, entity: string): Answer {
    const { packages } = this.#options;
    const event = eventOf(request)?.package.toLowerCase() ?? '';
    const policy = packages.get(event);
    if (policy === undefined) return { status: 489, headers: [['Allow-Events', [...packages.keys()].join(', ')]] };
    const etag = request.header('SIP-If-Match');
    const known = etag === undefined ? undefined : this.#listOf(entity, event).find((one) => one.etag === etag);
    if (etag !== undefined && known === undefined) return { status: 412, headers: [] };
    const askedSec = request.expires ?? policy.defaultSec;
    if (askedSec > 0 && askedSec < Math.min(policy.leastSec, 3_600))
      return { status: 423, headers: [['Min-Expires', String(policy.leastSec)]] };
    const body = bodyOf(request);
    const fault = askedSec > 0 ? this.#faultOf(body, { policy, event, isRefresh: known !== undefined }) : undefined;
    if (fault !== undefined) return fault;
    const expiresSec = Math.min(askedSec, policy.mostSec);
    return this.#store({ known, entity, event, body, expiresSec });
  }

  #faultOf(
    body: SessionBody | null,
    { policy, event, isRefresh }: { policy: PackagePolicy; event: string; isRefresh: boolean },
  ): Answer | undefined {
    if (body === null) return isRefresh ? undefined : { status: 400, headers: [], reason: 'Nothing Published' };
    const type = parseMediaType(body.type)?.essence ?? '';
    if (!policy.types.includes(type)) return { status: 415, headers: [['Accept', policy.types.join(', ')]] };
    return this.#options.isReadable(body, event) ? undefined : { status: 400, headers: [], reason: 'Bad Document' };
  }

  #store(parts: {
    readonly known: Publication | undefined;
    readonly entity: string;
    readonly event: string;
    readonly body: SessionBody | null;
    readonly expiresSec: number;
  }): Answer {
    const { known, entity, event, expiresSec } = parts;
    const etag = this.#options.random.token(16);
    const body = parts.body ?? known?.body;
    const list = this.#listOf(entity, event).filter((one) => one !== known);
    known?.stop();
    if (body !== undefined && expiresSec > 0) {
      // What was copied out of the message holds on to no more of it.
      const kept = { type: body.type, bytes: body.bytes.slice() };
      list.push(
        new Publication({ etag, body: kept, clock: this.#options.clock, afterSec: expiresSec }, (one) =>
          this.#expired(entity, event, one),
        ),
      );
      while (list.length > (this.#options.most ?? 10)) list.shift()?.stop();
    }
    this.#keep(entity, event, list);
    // A mere refresh changes nothing (§6 step 7).
    if (known === undefined || parts.body !== null || expiresSec === 0) this.#options.onChange(entity, event);
    return {
      status: 200,
      headers: [
        ['SIP-ETag', etag],
        ['Expires', String(expiresSec)],
      ],
    };
  }

  #expired(entity: string, event: string, publication: Publication): void {
    this.#keep(
      entity,
      event,
      this.#listOf(entity, event).filter((one) => one !== publication),
    );
    this.#options.onChange(entity, event);
  }

  #listOf(entity: string, event: string): readonly Publication[] {
    return this.#byEntity.get(`${event} ${entity}`) ?? [];
  }

  #keep(entity: string, event: string, list: readonly Publication[]): void {
    if (list.length === 0) this.#byEntity.delete(`${event} ${entity}`);
    else this.#byEntity.set(`${event} ${entity}`, [...list]);
  }
}

class Publication implements TimerOwner {
  readonly etag: string;
  readonly body: SessionBody;
  readonly stop: () => void;
  readonly #onExpired: (publication: Publication) => void;

  constructor(
    parts: { readonly etag: string; readonly body: SessionBody; readonly clock: Clock; readonly afterSec: number },
    onExpired: (publication: Publication) => void,
  ) {
    this.etag = parts.etag;
    this.body = parts.body;
    this.#onExpired = onExpired;
    const timer = parts.clock.arm(parts.afterSec * 1_000, this, 0);
    this.stop = () => parts.clock.disarm(timer);
  }

  onTimer(): void {
    this.#onExpired(this);
  }
}
