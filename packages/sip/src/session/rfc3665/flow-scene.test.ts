/**
 * The places of RFC 3665: Alice behind proxy 1, Bob behind proxy 2, both record-routing, with digest where a flow says so. Addresses stand in for names,
 * UDP for the TCP of some flows.
 */
import {
  buildResponse,
  computeHa1,
  DigestClient,
  DigestServer,
  type InviteOptions,
  NonceIssuer,
  type ServerTransaction,
} from '@ringdown/sip';
import { createNodeHasher } from '@ringdown/sip/node';
import {
  SeededRandom,
  textBody,
  udpTarget,
  VirtualClock,
  VirtualNetwork,
  VirtualPhone,
  VirtualProxy,
} from '@ringdown/testkit';

const hasher = createNodeHasher();
const utcMs = Date.UTC(2026, 0, 1);
const account = { username: 'alice', password: 'five-apples' };

export const at = { alice: '192.0.2.101', bob: '192.0.2.201', p1: '192.0.2.111', p2: '192.0.2.222', p3: '192.0.2.233' };

/** A proxy that lets a new INVITE pass only with credentials for its realm (RFC 3261 §22.3). */
export function challenging(realm: string): (transaction: ServerTransaction) => boolean {
  const random = new SeededRandom(realm.length);
  const nonces = new NonceIssuer({ hasher, random, key: realm });
  const digest = new DigestServer({ hasher, nonces, role: 'proxy' });
  return (transaction) => {
    const { request } = transaction;
    if (request.method !== 'INVITE' || request.to.tag !== undefined) return false;
    const ha1 = (username: string) => computeHa1(hasher, 'MD5', { ...account, username, realm });
    if (digest.check({ request, realm, policy: 'md5', ha1, utcMs }).ok) return false;
    const headers = digest.challenge({ realm, policy: 'md5', utcMs });
    transaction.respond(buildResponse(request, 407, { toTag: 'proxy', headers }));
    return true;
  };
}

export function credentials(password = account.password): NonNullable<InviteOptions['authenticate']> {
  const random = new SeededRandom(5);
  const client = new DigestClient({ hasher, random, account: () => ({ ...account, password }) });
  return (response, request) => {
    const answer = client.answer(request, response);
    return answer.ok ? answer.headers : undefined;
  };
}

export interface FlowScene {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly alice: VirtualPhone;
  readonly bob: VirtualPhone;
  readonly p1: VirtualProxy;
  readonly p2: VirtualProxy;
}

/** Names in the trace: alice, p1, p2, bob. Bob rings at once and answers after a second. */
/** The phones of RFC 3665 do not speak 100rel. */
const plain = { extensions: ['timer'] } as const;

export function places(): FlowScene {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock });
  const alice = new VirtualPhone(network, 'alice', at.alice, plain);
  const bob = new VirtualPhone(network, 'bob', at.bob, plain);
  const p1 = new VirtualProxy(network, 'p1', at.p1, {
    route: ({ uri }) => [{ uri, target: udpTarget(at.p2) }],
  });
  const p2 = new VirtualProxy(network, 'p2', at.p2, {
    route: () => [{ uri: `sip:bob@${at.bob}`, target: udpTarget(at.bob) }],
  });
  bob.onCall = (session) => {
    session.progress(180);
    network.later(1000, () => session.accept(textBody('bob')));
  };
  alice.says.offer = 'alice';
  return { clock, network, alice, bob, p1, p2 };
}

/** Alice calls Bob's public name by her proxy. */
export const byProxy = (address = at.p1): Partial<InviteOptions> => ({
  uri: 'sip:bob@biloxi.example.com',
  from: '<sip:alice@atlanta.example.com>',
  to: '<sip:bob@biloxi.example.com>',
  target: udpTarget(address),
  authenticate: credentials(),
});

/** One message over all hops of a path, in both directions. */
export function hops(label: string, ...path: readonly string[]): string[] {
  return path.slice(1).map((to, index) => `${path[index]}>${to} ${label}`);
}
