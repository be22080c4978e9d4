/** PUBLISH at the server (RFC 3903): a user's own presence, said by its phones. */
import {
  buildResponse,
  type Clock,
  type Pidf,
  Publications,
  parsePidf,
  pidfType,
  type Random,
  type ServerTransaction,
} from '@ringdown/sip';
import type { Presence, Watched } from '#services/presence';
import { admitOrigin, type IncomingOptions } from '../incoming.ts';
import { policyOf } from './event-package.ts';
import { nameIn } from './name-in.ts';

export interface PublishingOptions extends IncomingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly presence: Presence;
  readonly userAgent: string;
}

export class Publishing {
  readonly #options: PublishingOptions;
  readonly #publications: Publications;
  readonly #watchers = new Map<string, Set<() => void>>();

  constructor(options: PublishingOptions) {
    this.#options = options;
    this.#publications = new Publications({
      clock: options.clock,
      random: options.random,
      packages: new Map([['presence', policyOf(pidfType)]]),
      isReadable: ({ bytes }) => parsePidf(bytes) !== undefined,
      onChange: (entity) => {
        for (const onChange of [...(this.#watchers.get(entity) ?? [])]) onChange();
      },
      headers: [['Server', options.userAgent]],
    });
  }

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const origin = admitOrigin(this.#options, transaction);
    if (origin === undefined) return;
    const whose = this.#options.presence.find(origin.tenantId, nameIn(request));
    const isOwn = origin.origin.kind === 'user' && whose?.user === origin.origin.userId;
    if (whose !== undefined && isOwn) this.#publications.receive(transaction, keyOf(whose));
    else transaction.respond(buildResponse(request, whose === undefined ? 404 : 403));
  }

  of(watched: Watched): readonly Pidf[] {
    return this.#publications.of(keyOf(watched), 'presence').flatMap(({ bytes }) => parsePidf(bytes) ?? []);
  }

  /** Returns how to stop. */
  watch(watched: Watched, onChange: () => void): () => void {
    const key = keyOf(watched);
    const watchers = this.#watchers.get(key) ?? new Set();
    watchers.add(onChange);
    this.#watchers.set(key, watchers);
    return () => {
      watchers.delete(onChange);
      if (watchers.size === 0) this.#watchers.delete(key);
    };
  }
}

/** Of the user, by whichever of its addresses. */
function keyOf({ tenant, user }: Watched): string {
  return `${tenant} ${user}`;
}
