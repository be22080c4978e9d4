/**
 * A {@link Phone} on sockets of its own: finds the server (RFC 3263), opens a socket towards it and takes calls on it. Over TCP and TLS the calls come in
 * on the connection that the phone made.
 */
import { Resolver } from 'node:dns';
import { formatHost } from '../message/host.ts';
import { parseUri, type SipUri } from '../message/uri.ts';
import { Phone, type PhoneSettings } from '../phone/phone.ts';
import { PhoneError } from '../phone/phone-error.ts';
import type { RegistrationWay } from '../registration/index.ts';
import { DnsCache } from '../transport/dns-cache.ts';
import type { SocketAddress, Target } from '../transport/flow.ts';
import { type Located, ServerLocator } from '../transport/locate-server.ts';
import { createNodeDnsResolver } from './dns-resolver.ts';
import { createAdvertise } from './local-address.ts';
import { createNodeHasher } from './node-hasher.ts';
import { createNodeRandom } from './node-random.ts';
import { createSipStack, type SipStack } from './sip-stack.ts';
import type { TlsPolicy } from './tls.ts';

export interface PhoneOptions extends Omit<PhoneSettings, 'domain'> {
  /** `pbx.example.com`, `192.0.2.1:5070`, `[2001:db8::1]`, or a SIP URI with `;transport=`. */
  readonly server: string;
  /** Default: the host of `server`. */
  readonly domain?: string;
  /** Default: what the server's URI or DNS says, else UDP. */
  readonly transport?: 'udp' | 'tcp' | 'tls';
  /**
   * SIP URIs of proxies before the server, which stand in Route (RFC 5626 §4.2): with an `instance` the phone keeps a flow by each of them, else it takes the first that works.
   */
  readonly outboundProxies?: readonly string[];
  /** Which of this machine's addresses to call from. Default: the one of the interface that leads to the server. */
  readonly localAddress?: string;
  /** How the server is verified over TLS. Default: chain and name. */
  readonly tls?: TlsPolicy;
  /** A defect in here; default: a warning of the process. */
  readonly onError?: (error: unknown) => void;
}

/** A phone with its sockets. */
export interface NodePhone extends Phone {
  /** Our address towards the server: what an SDP says about where to send media. */
  readonly localAddress: string;
  /** Hangs up, unregisters and closes the sockets. */
  close(): Promise<void>;
}

/** @throws PhoneError `sip_phone_server`, when the server's address cannot be read or found. */
export async function createPhone(options: PhoneOptions): Promise<NodePhone> {
  const uri = serverUri(options);
  const onError = options.onError ?? ((error: unknown) => process.emitWarning(String(error)));
  const stack: SipStack = createSipStack({
    user: {
      onRequest: (transaction) => phone.agent.onRequest(transaction),
      onAck: (ack, flow) => phone.agent.onAck(ack, flow),
      onStrayResponse: (response, flow) => phone.agent.onStrayResponse(response, flow),
    },
    onError,
    onFlowClosed: (flow, { detail }) => phone.flowClosed(flow, detail),
    ...(options.tls === undefined ? {} : { tlsPolicy: () => options.tls ?? { verify: 'chain' as const } }),
  });
  const { driver, transport, transactions } = stack;
  const ways = await locateWays(stack, options, uri).catch((error: unknown) => {
    stack.close();
    throw error;
  });
  const { target } = ways[0];
  const any = { ...anyAddress(target.remote.family), ...(options.localAddress && { address: options.localAddress }) };
  if (target.kind === 'tls') transport.callOutBy('tls', { ...any, port: 5061 });
  else if (target.kind === 'tcp') transport.callOutBy('tcp', { ...any, port: 5060 });
  else await transport.listenUdp(any);
  const phone: Phone = new Phone(
    { ...options, domain: options.domain ?? formatHost(uri.host) },
    {
      clock: driver.clock,
      random: createNodeRandom(),
      hasher: createNodeHasher(),
      transactions,
      flowTo: (to) => driver.flowTo(to),
      isOpen: (flow) => driver.isOpen(flow),
      target,
      ways,
      keepAlive: (flow, everyMs) => transport.keepAlive(flow, { everyMs, expectPong: true }),
      post: (task) => driver.post(task),
    },
  );
  return Object.assign(phone, {
    localAddress: options.localAddress ?? addressTowards(target.remote),
    close: async (): Promise<void> => {
      await phone.hangUpAll();
      await phone.unregister();
      stack.close();
    },
  });
}

/** Of the interface that leads there, whatever the transport. */
function addressTowards(remote: SocketAddress): string {
  return createAdvertise(() => 0)(remote, { kind: 'udp', local: anyAddress(remote.family) }).host;
}

function anyAddress(family: 4 | 6): SocketAddress {
  return { family, address: family === 4 ? '0.0.0.0' : '::', port: 0 };
}

function serverUri({ server, transport }: PhoneOptions): SipUri {
  const text = /^sips?:/i.test(server) ? server : `sip:${server}`;
  const uri = parseUri(transport === undefined ? text : `${text};transport=${transport}`);
  if (uri.kind === 'sip') return uri;
  throw new PhoneError('sip_phone_server', `"${server}" is no address of a SIP server`);
}

interface LocatedWay extends RegistrationWay {
  readonly target: Target;
}

/** By the proxies that are named, else straight. */
async function locateWays(
  stack: SipStack,
  { outboundProxies = [] }: PhoneOptions,
  server: SipUri,
): Promise<readonly [LocatedWay, ...LocatedWay[]]> {
  const [first, ...others] = outboundProxies;
  if (first === undefined) return [await locateWay(stack, server)];
  const proxies = [first, ...others].map((text) => {
    const uri = parseUri(text);
    if (uri.kind !== 'sip') throw new PhoneError('sip_phone_server', `"${text}" is no address of a SIP proxy`);
    return locateWay(stack, uri, [uri.params.has('lr') ? `<${text}>` : `<${text};lr>`]);
  });
  return Promise.all(proxies) as Promise<[LocatedWay, ...LocatedWay[]]>;
}

/** Found once, when the phone is made: later its servers are tried in that order. */
async function locateWay(stack: SipStack, uri: SipUri, route: readonly string[] = []): Promise<LocatedWay> {
  const targets = await locate(stack, uri);
  return { target: targets[0], route, locate: (done) => done({ targets }) };
}

async function locate(stack: SipStack, uri: SipUri): Promise<readonly [Target, ...Target[]]> {
  const { clock } = stack.driver;
  const resolver = createNodeDnsResolver(new Resolver(), (task) => stack.driver.post(task));
  const locator = new ServerLocator({ cache: new DnsCache(resolver, clock), clock, random: createNodeRandom() });
  const located = await new Promise<Located>((resolve) => {
    stack.driver.post(() => {
      const known = locator.locate(uri, { onLocated: resolve });
      if (known !== null) resolve(known);
    });
  });
  const [first, ...others] = located.ok ? located.targets : [];
  if (first !== undefined) return [first, ...others];
  const detail = located.ok ? 'no address' : located.failure.detail;
  throw new PhoneError('sip_phone_server', `no SIP server is found for ${uri.host}: ${detail}`);
}
