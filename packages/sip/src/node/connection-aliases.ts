/**
 * Connection reuse (RFC 5923): a TLS connection that a peer made, and said `alias` on, carries our requests to where its Via says it listens; if the certificate
 * that it has shown is the one that the request's own rule wants, name included (§5, §8). Without a certificate nothing is reused: everybody can write a Via.
 */
import type { SipRequest } from '../message/request.ts';
import type { Target } from '../transport/flow.ts';
import { judgePeer } from './judge-peer.ts';
import type { TlsPolicy } from './tls.ts';
import type { Connection } from './transport-events.ts';

export class ConnectionAliases {
  readonly #byPlace = new Map<string, Connection>();
  readonly #placeOf = new WeakMap<Connection, string>();

  /** What a request of the peer says about its connection; asked for each, so the usual answer must be quick. */
  note(request: SipRequest, connection: Connection): void {
    if (connection.flow.peer === undefined || this.#placeOf.has(connection)) return;
    const { topVia } = request;
    if (!topVia.params.has('alias')) return;
    const place = `${connection.flow.remote.address} ${topVia.port ?? 5061}`;
    this.#placeOf.set(connection, place);
    this.#byPlace.set(place, connection);
  }

  /** @param nowUtcMs for the certificates' times */
  find(target: Target, policy: TlsPolicy, nowUtcMs: number): Connection | undefined {
    const connection = this.#byPlace.get(`${target.remote.address} ${target.remote.port}`);
    const peer = connection?.flow.peer;
    if (connection?.isOpen !== true || peer === undefined) return undefined;
    const name = target.serverName ?? target.remote.address;
    // Deviation: where nothing is verified nothing is reused either.
    if (policy.verify === 'none' || judgePeer(peer, { policy, name, nowUtcMs }) !== undefined) return undefined;
    return connection;
  }

  closed(connection: Connection): void {
    const place = this.#placeOf.get(connection);
    if (place !== undefined && this.#byPlace.get(place) === connection) this.#byPlace.delete(place);
  }
}
