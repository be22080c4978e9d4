/**
 * Locating SIP servers: from a URI to the targets to try, in order (RFC 3263 §4.1, §4.2), over both families (RFC 7984). A machine over a DNS cache: three rounds at
 * most (NAPTR, SRV, addresses), each asked in parallel, under one deadline.
 *
 * Leaves out: locating from a Via for responses (§5; see transaction/response-route.ts), WebSocket URIs, SCTP.
 */
import type { Clock, TimerId, TimerOwner } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { hostKind, withoutBrackets } from '../message/host.ts';
import type { SipUri } from '../message/uri.ts';
import type { DnsAnswer, DnsType, NaptrRecord, SrvRecord } from './dns.ts';
import type { DnsAsker, DnsCache } from './dns-cache.ts';
import type { Target, TransportKind } from './flow.ts';
import { orderSrv } from './order-srv.ts';

/** Transports that a server can be reached by from here. */
export type LocatedKind = 'udp' | 'tcp' | 'tls';

export interface LocateFailure {
  readonly code: /** The name has no address, or no server for the transport. */
    | 'no-such-server'
    /** DNS did not answer: it may exist. */
    | 'dns-failed'
    /** The URI asks for a transport that is not offered here, or one that is not secure for sips. */
    | 'transport-unsupported'
    /** Given up by the user before a server was found. */
    | 'cancelled';
  readonly detail: string;
}

export type Located =
  | { readonly ok: true; readonly targets: readonly Target[] }
  | { readonly ok: false; readonly failure: LocateFailure };

export interface LocateUser {
  onLocated(located: Located): void;
}

export interface ServerLocatorOptions {
  readonly cache: DnsCache;
  readonly clock: Clock;
  readonly random: Random;
  /** What this host can send by, the liked best first; decides where DNS leaves the choice. Default udp, tcp, tls. */
  readonly kinds?: readonly LocatedKind[];
  /** In order of liking. Default 4, 6. */
  readonly families?: readonly (4 | 6)[];
  /** For all rounds together. Default 6 s. */
  readonly deadlineMs?: number;
}

/** Targets of one URI at most: what DNS says is not ours to trust. */
const MOST_TARGETS = 20;
const MOST_SERVICES = 8;

/** RFC 3263 §4.1 and RFC 7118 §5 name the services; those of WebSockets are not for us. */
const KIND_OF_SERVICE: Readonly<Record<string, LocatedKind>> = {
  'SIP+D2U': 'udp',
  'SIP+D2T': 'tcp',
  'SIPS+D2T': 'tls',
};
const SRV_PREFIX: Readonly<Record<LocatedKind, string>> = { udp: '_sip._udp.', tcp: '_sip._tcp.', tls: '_sips._tcp.' };

export class ServerLocator {
  readonly options: Required<ServerLocatorOptions>;

  constructor(options: ServerLocatorOptions) {
    this.options = { kinds: ['udp', 'tcp', 'tls'], families: [4, 6], deadlineMs: 6_000, ...options };
  }

  /** The outcome when it can be said at once (an address, everything cached); else null, and the user is told later. */
  locate(uri: SipUri, user: LocateUser): Located | null {
    return new Location(this.options, uri, user).start();
  }
}

/** A server name that is still to be turned into addresses. */
interface Candidate {
  readonly kind: LocatedKind;
  readonly host: string;
  readonly port: number;
}

interface Service {
  readonly kind: LocatedKind;
  readonly srvName: string;
}

type Round = 'naptr' | 'srv' | 'address' | 'done';

class Location implements DnsAsker, TimerOwner {
  readonly #options: Required<ServerLocatorOptions>;
  readonly #uri: SipUri;
  readonly #user: LocateUser;
  readonly #host: string;
  readonly #answers = new Map<string, DnsAnswer>();
  #round: Round = 'naptr';
  #services: Service[] = [];
  #candidates: Candidate[] = [];
  #pending = 0;
  #deadline: TimerId = 0;
  #located: Located | null = null;
  #isStarting = true;
  /** Why DNS did not answer, when it did not. */
  #dnsFailure = '';

  constructor(options: Required<ServerLocatorOptions>, uri: SipUri, user: LocateUser) {
    this.#options = options;
    this.#uri = uri;
    this.#user = user;
    // RFC 3263 §4: TARGET is maddr when there is one.
    this.#host = withoutBrackets(uri.params.get('maddr') ?? uri.host);
  }

  start(): Located | null {
    this.#begin();
    this.#isStarting = false;
    if (this.#located === null) this.#deadline = this.#options.clock.arm(this.#options.deadlineMs, this, 0);
    return this.#located;
  }

  onTimer(): void {
    this.#deadline = 0;
    this.#fail('dns-failed', `DNS gave no server for ${this.#host} within ${this.#options.deadlineMs} ms`);
  }

  onDnsAnswer(answer: DnsAnswer, type: DnsType, name: string): void {
    if (this.#round === 'done') return;
    this.#note(answer, type, name);
    this.#pending--;
    if (this.#pending === 0) this.#nextRound();
  }

  /** RFC 3263 §4.1, the choice of transport. */
  #begin(): void {
    const { scheme, port } = this.#uri;
    const asked = this.#askedKind();
    if (asked === null) return;
    const isLiteral = hostKind(bracketed(this.#host)) !== 'name';
    if (isLiteral || port !== undefined) {
      const kind = asked ?? (scheme === 'sips' ? 'tls' : 'udp');
      if (!this.#options.kinds.includes(kind)) {
        this.#fail('transport-unsupported', `no ${kind} here for ${this.#host}`);
        return;
      }
      this.#candidates = [{ kind, host: this.#host, port: port ?? defaultPort(kind) }];
      this.#askAddresses();
    } else if (asked !== undefined) {
      this.#services = [{ kind: asked, srvName: SRV_PREFIX[asked] + this.#host }];
      this.#askServices();
    } else {
      this.#round = 'naptr';
      this.#ask([{ type: 'NAPTR', name: this.#host }]);
    }
  }

  /** The transport that the URI names; undefined: none; null: it cannot be had, and that has been told. */
  #askedKind(): LocatedKind | undefined | null {
    const param = this.#uri.params.get('transport')?.toLowerCase();
    const isSips = this.#uri.scheme === 'sips';
    if (param === undefined || param === '') return undefined;
    // RFC 3261 §26.2.2: sips over tcp is TLS; sips over UDP does not exist.
    const kind = isSips && param === 'tcp' ? 'tls' : param;
    const isKnown = kind === 'udp' || kind === 'tcp' || kind === 'tls';
    if (!isKnown || (isSips && kind === 'udp') || !this.#options.kinds.includes(kind)) {
      this.#fail(
        'transport-unsupported',
        `transport ${param} of ${this.#uri.scheme}:${this.#host} is not to be had here`,
      );
      return null;
    }
    return kind;
  }

  #nextRound(): void {
    switch (this.#round) {
      case 'naptr':
        this.#readNaptr();
        break;
      case 'srv':
        this.#readSrv();
        break;
      case 'address':
        this.#readAddresses();
        break;
      case 'done':
        break;
    }
  }

  /** RFC 3263 §4.1: by order, then preference; what we cannot do, or is not secure for sips, falls away. */
  #readNaptr(): void {
    const isSips = this.#uri.scheme === 'sips';
    const { kinds } = this.#options;
    const records = this.#records<NaptrRecord>('NAPTR', this.#host);
    const sorted = records.toSorted((one, other) => one.order - other.order || one.preference - other.preference);
    for (const { service, flags, replacement } of sorted) {
      const kind = KIND_OF_SERVICE[service.toUpperCase()];
      if (kind === undefined || flags.toLowerCase() !== 's' || replacement === '') continue;
      if (kinds.includes(kind) && (!isSips || kind === 'tls')) this.#services.push({ kind, srvName: replacement });
    }
    if (this.#services.length === 0) {
      const wanted = isSips ? kinds.filter((kind) => kind === 'tls') : kinds;
      this.#services = wanted.map((kind) => ({ kind, srvName: SRV_PREFIX[kind] + this.#host }));
    }
    this.#services.length = Math.min(this.#services.length, MOST_SERVICES);
    this.#askServices();
  }

  #askServices(): void {
    this.#round = 'srv';
    this.#ask(this.#services.map(({ srvName }) => ({ type: 'SRV', name: srvName })));
  }

  /** RFC 3263 §4.2. */
  #readSrv(): void {
    let isRefused = false;
    for (const { kind, srvName } of this.#services) {
      for (const { name, port } of orderSrv(this.#records<SrvRecord>('SRV', srvName), this.#options.random)) {
        if (name === '') isRefused = true;
        else this.#candidates.push({ kind, host: name, port });
      }
    }
    if (this.#candidates.length === 0) {
      if (isRefused) {
        this.#fail('no-such-server', `${this.#host} says that it offers no such service`);
        return;
      }
      // No SRV at all: the name itself, by the transport that was asked for, or the default one.
      const only = this.#services.length === 1 ? this.#services[0]?.kind : undefined;
      const kind = only ?? (this.#uri.scheme === 'sips' ? 'tls' : this.#defaultKind());
      this.#candidates = [{ kind, host: this.#host, port: defaultPort(kind) }];
    }
    this.#candidates.length = Math.min(this.#candidates.length, MOST_TARGETS);
    this.#askAddresses();
  }

  #defaultKind(): LocatedKind {
    return this.#options.kinds.includes('udp') ? 'udp' : (this.#options.kinds[0] ?? 'udp');
  }

  #askAddresses(): void {
    this.#round = 'address';
    const questions: { type: DnsType; name: string }[] = [];
    for (const name of new Set(this.#candidates.map(({ host }) => host))) {
      if (hostKind(bracketed(name)) !== 'name' || isLocalhost(name)) continue;
      for (const family of this.#options.families) questions.push({ type: family === 6 ? 'AAAA' : 'A', name });
    }
    this.#ask(questions);
  }

  #readAddresses(): void {
    const targets: Target[] = [];
    for (const { kind, host, port } of this.#candidates) {
      for (const { family, address } of this.#addressesOf(host)) {
        if (targets.length < MOST_TARGETS) targets.push(this.#target(kind, { family, address, port }, host));
      }
    }
    if (targets.length > 0) this.#finish({ ok: true, targets });
    else if (this.#dnsFailure !== '') this.#fail('dns-failed', this.#dnsFailure);
    else this.#fail('no-such-server', `DNS has no address for ${this.#host}`);
  }

  #target(kind: TransportKind, remote: Target['remote'], host: string): Target {
    // RFC 5922 §4: the certificate is for the domain of the URI, whatever names DNS led by.
    const isName = hostKind(this.#uri.host) === 'name';
    const server = hostKind(bracketed(host)) === 'name' ? { server: host } : {};
    return kind === 'tls' && isName
      ? { kind, remote, ...server, serverName: this.#uri.host }
      : { kind, remote, ...server };
  }

  #addressesOf(host: string): { family: 4 | 6; address: string }[] {
    const { families } = this.#options;
    const kind = hostKind(bracketed(host));
    if (kind !== 'name') return [{ family: kind === 'ipv6' ? 6 : 4, address: host }];
    const byFamily = families.map((family) => {
      // RFC 6761 §6.3.
      if (isLocalhost(host)) return [{ family, address: family === 6 ? '::1' : '127.0.0.1' }];
      return this.#records<string>(family === 6 ? 'AAAA' : 'A', host).map((address) => ({ family, address }));
    });
    return takeInTurns(byFamily);
  }

  #ask(questions: readonly { readonly type: DnsType; readonly name: string }[]): void {
    // One more than there are questions, so that answers at once do not end the round halfway.
    this.#pending = questions.length + 1;
    for (const { type, name } of questions) {
      const answer = this.#options.cache.ask(type, name, this);
      if (answer === null) continue;
      this.#note(answer, type, name);
      this.#pending--;
    }
    this.#pending--;
    if (this.#pending === 0) this.#nextRound();
  }

  #note(answer: DnsAnswer, type: DnsType, name: string): void {
    if (answer.outcome === 'failed') this.#dnsFailure = answer.detail;
    this.#answers.set(`${type} ${name.toLowerCase()}`, answer);
  }

  #records<R>(type: DnsType, name: string): readonly R[] {
    const answer = this.#answers.get(`${type} ${name.toLowerCase()}`);
    return answer?.outcome === 'found' ? (answer.records as unknown as readonly R[]) : [];
  }

  #fail(code: LocateFailure['code'], detail: string): void {
    this.#finish({ ok: false, failure: { code, detail } });
  }

  #finish(located: Located): void {
    this.#round = 'done';
    this.#options.clock.disarm(this.#deadline);
    this.#deadline = 0;
    this.#located = located;
    if (!this.#isStarting) this.#user.onLocated(located);
  }
}

/** RFC 7984 §4.2, RFC 8305 §4: one address of each family in turn, so that a broken family costs one attempt and not all of them. */
function takeInTurns<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => lists.flatMap((list) => list.slice(at, at + 1))).flat();
}

function defaultPort(kind: LocatedKind): number {
  return kind === 'tls' ? 5061 : 5060;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function isLocalhost(name: string): boolean {
  const lower = name.toLowerCase();
  return lower === 'localhost' || lower.endsWith('.localhost');
}
