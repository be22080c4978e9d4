/** The ways to trunks: their servers, each with what the trunk says about reaching it, and whom we are there. */
import {
  type ConnectionRacer,
  DigestClient,
  escapeUser,
  type Hasher,
  type InviteOptions,
  type Random,
  type Target,
} from '@ringdown/sip';
import type { TrunkRecord, Trunks } from '#services/trunks';
import { trunkAuthority, trunkServer, trunkTransport } from './addresses.ts';
import type { Place } from './dial-command.ts';
import { type Found, Servers, type ServersOptions } from './servers.ts';
import { tlsPolicyName } from './trunk-tls.ts';

export interface TrunkWaysOptions extends ServersOptions {
  readonly trunks: Trunks;
  readonly hasher: Hasher;
  readonly random: Random;
  readonly racer?: ConnectionRacer;
}

export interface PlaceWanted {
  readonly user: string;
  /** By SIPS. */
  readonly isSecure: boolean;
}

export class TrunkWays {
  readonly #options: TrunkWaysOptions;
  readonly #servers: Servers;

  constructor(options: TrunkWaysOptions) {
    this.#options = options;
    this.#servers = new Servers(options);
  }

  find(trunk: TrunkRecord, done: (found: Found) => void): void {
    const { tcpFallback } = trunk.body;
    const more = { tcpFallback, largeByTcp: tcpFallback, tlsPolicy: tlsPolicyName(trunk) };
    this.#servers.find(trunkServer(trunk), (found) => {
      if ('detail' in found) {
        done(found);
        return;
      }
      const targets = found.targets.map((target) => ({ ...target, ...more }));
      const tell = ([first, ...rest]: readonly Target[]): void =>
        done(first === undefined ? { detail: `${trunk.body.host} has no address` } : { targets: [first, ...rest] });
      const { racer } = this.#options;
      if (racer === undefined) tell(targets);
      else racer.race(targets, tell);
    });
  }

  /** The first server, where that is known without asking DNS. */
  firstOf(trunk: TrunkRecord): Target | undefined {
    let target: Target | undefined;
    this.find(trunk, (found) => {
      if ('targets' in found) target = found.targets[0];
    });
    return target;
  }

  /** Where a call for a user of the trunk goes, or why it cannot. */
  placeAt(trunk: TrunkRecord, found: Found, { user: dialled, isSecure }: PlaceWanted): Place | string {
    const { name, transport } = trunk.body;
    if ('detail' in found) return `trunk ${name}: ${found.detail}`;
    if (isSecure && transport !== 'tls') return `trunk ${name} has no TLS`;
    const [target, ...alternatives] = found.targets;
    const host = trunkAuthority(trunk);
    // What was dialled was written by a stranger.
    const user = escapeUser(dialled);
    const uri = isSecure ? `sips:${user}@${host}` : `sip:${user}@${host}${trunkTransport(trunk)}`;
    return { uri, route: [], host, target, alternatives, authenticate: this.credentialsOf(trunk) };
  }

  credentialsOf(trunk: TrunkRecord): InviteOptions['authenticate'] {
    const client = this.digestOf(trunk);
    if (client === undefined) return undefined;
    return (response, request) => {
      const answer = client.answer(request, response);
      return answer.ok ? answer.headers : undefined;
    };
  }

  digestOf(trunk: TrunkRecord): DigestClient | undefined {
    const { hasher, random, trunks } = this.#options;
    const { credentials } = trunk.body;
    const password = trunks.views.passwordOf(trunk);
    if (credentials === null || password === undefined) return undefined;
    return new DigestClient({ hasher, random, account: () => ({ username: credentials.username, password }) });
  }
}
