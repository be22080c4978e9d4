/** The SIP edge: implements the leg port over INVITE sessions, and answers what comes outside of calls (REGISTER, OPTIONS). */

import {
  buildResponse,
  type ChallengePolicy,
  checkRequest,
  createUserAgent,
  DigestClient,
  DigestServer,
  type Flow,
  formatDate,
  formatHost,
  type Hasher,
  type HeaderPair,
  type InviteOptions,
  NonceIssuer,
  parseNameAddr,
  parseUri,
  quote,
  type Random,
  type ServerTransaction,
  type Session,
  type Target,
  targetOf,
  type UserAgent,
  type UserAgentOptions,
} from '@ringdown/sip';
import type { CallId, IdSource, LegId, TenantId, TrunkId } from '#base/ids';
import {
  type EndCause,
  endCause,
  type IncomingCall,
  type LegCommand,
  type LegEdge,
  type LegEvent,
  type Party,
} from '#engine/calls';
import type { DirectoryViews } from '#services/directory';
import type { Registrar } from '#services/registrar';
import type { TrunkRecord, Trunks } from '#services/trunks';
import { type AuthenticateOptions, authenticate, authenticateTrunk } from './authenticate.ts';
import { LegOrigin } from './bodies.ts';
import { writeCrossing } from './crossing.ts';
import { FlowTable } from './flow-table.ts';
import { admitInvite } from './incoming.ts';
import { receiveRegister } from './register.ts';
import { SipLeg } from './sip-leg.ts';
import type { FarSide } from './status-map.ts';
import { SipTrunkSignalling, type TrunkSignallingOptions } from './trunk-signalling.ts';
import { WrongPasswords } from './wrong-passwords.ts';

export interface SipEdgeOptions
  extends Pick<UserAgentOptions, 'clock' | 'random' | 'transactions' | 'flowTo' | 'isOpen'> {
  readonly random: Random;
  readonly hasher: Hasher;
  readonly nonceKey: string;
  readonly ids: IdSource;
  readonly directory: DirectoryViews;
  readonly registrar: Registrar;
  readonly trunks: Trunks;
  readonly challenge: ChallengePolicy;
  readonly fallbackRealm: string;
  readonly userAgent: string;
  readonly isOwnHost: (host: string) => boolean;
  readonly isDraining: () => boolean;
  readonly nowUtcMs: () => number;
  readonly post: (task: () => void) => void;
  /** Sends CRLF CRLF over a flow, to keep a NAT open before a phone that is called over it (RFC 5626 §4.4.1). */
  readonly ping?: (flow: Flow) => void;
  /** `sipCallId`: the Call-ID of the dialog. */
  readonly onIncoming: (incoming: IncomingCall, sipCallId: string) => void;
  /** An INVITE of ours is on its way. */
  readonly onDialled?: (leg: DialledLeg) => void;
  readonly onLegEvent: (event: LegEvent) => void;
  readonly report: (fields: Readonly<Record<string, unknown>>, text: string) => void;
}

export interface DialledLeg {
  readonly callId: CallId;
  readonly legId: LegId;
  readonly sipCallId: string;
}

const allow = 'INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, REGISTER';

/** RFC 4028 §4: half an hour is what is recommended; no shorter interval than the least is asked of us. */
const sessionTimer = { intervalSec: 1800, minSec: 90 } as const;

export class SipEdge implements LegEdge {
  readonly agent: UserAgent;
  readonly #options: SipEdgeOptions;
  /** How requests are asked who they are from. */
  readonly #asking: AuthenticateOptions;
  readonly #legs = new Map<LegId, SipLeg>();
  readonly #flows: FlowTable;

  constructor(options: SipEdgeOptions) {
    this.#options = options;
    const { hasher, random } = options;
    this.#flows = new FlowTable({ clock: options.clock, ping: options.ping });
    this.#asking = {
      ...options,
      digest: new DigestServer({ hasher, nonces: new NonceIssuer({ hasher, random, key: options.nonceKey }) }),
      wrongPasswords: new WrongPasswords(),
      policy: options.challenge,
      passwordOf: (trunk) => options.trunks.views.passwordOf(trunk),
      onRejected: (why, username, { flow, request }) => {
        const source = `${flow.remote.address}:${flow.remote.port}`;
        const { method, callId: sipCallId } = request;
        options.report({ why, username, method, source, sipCallId }, 'wrong credentials');
      },
    };
    this.agent = createUserAgent({
      ...options,
      contact: (flow) => contactUri(flow),
      handlers: {
        onInvite: (session, transaction) => this.#invite(session, transaction),
        onRequest: (transaction) => this.#request(transaction),
      },
      headers: [
        ['User-Agent', options.userAgent],
        ['Allow', allow],
      ],
      nextHop: (uri) => literalTarget(uri),
      sessionTimer,
    });
  }

  get legCount(): number {
    return this.#legs.size;
  }

  flowClosed(flow: Flow): void {
    this.#flows.drop(flow);
    this.#options.registrar.flowClosed(flow.id);
  }

  perform(command: LegCommand): void {
    if (command.type === 'dial') this.#dial(command);
    else this.#legs.get(command.legId)?.perform(command);
  }

  snapshot(legId: string): unknown {
    return this.#legs.get(legId as LegId)?.session?.snapshot() ?? null;
  }

  // ---- in ----------------------------------------------------------------------------------------------------------------------

  #invite(session: Session, transaction: ServerTransaction): SipLeg | undefined {
    const admitted = admitInvite(
      {
        ...this.#options,
        authenticate: (tx, domain) => authenticate(this.#asking, tx, domain),
        authenticateTrunk: (tx, trunk) => authenticateTrunk(this.#asking, tx, trunk),
      },
      transaction,
    );
    if (admitted === undefined) return undefined;
    const legId = this.#options.ids.next('leg');
    const leg = this.#newLeg(legId, admitted.far, transaction.flow);
    leg.session = session;
    leg.peerSessionId = admitted.incoming.crossing.sessionId;
    this.#options.post(() => this.#options.onIncoming({ ...admitted.incoming, legId }, session.callId));
    return leg;
  }

  #request(transaction: ServerTransaction): void {
    const { request } = transaction;
    const rejection = checkRequest(request, {
      role: 'server',
      methods: allow.split(', '),
      extensions: ['path', 'outbound', 'timer', 'gruu'],
    });
    if (rejection !== undefined) {
      transaction.respond(
        buildResponse(request, rejection.status, { reason: rejection.reason, headers: rejection.headers }),
      );
    } else if (request.method === 'REGISTER') this.#register(transaction);
    else if (request.method === 'OPTIONS') {
      const headers: HeaderPair[] = [
        ['Allow', allow],
        ['Accept', 'application/sdp'],
        ['Supported', 'timer, path'],
        ['User-Agent', this.#options.userAgent],
      ];
      transaction.respond(buildResponse(request, 200, { headers }));
    } else transaction.respond(buildResponse(request, 481));
  }

  #register(transaction: ServerTransaction): void {
    receiveRegister(
      {
        ...this.#options,
        authenticate: (tx, domain) => authenticate(this.#asking, tx, domain),
        keepFlow: (flow, forSec, pingSec) => this.#flows.keep(flow, forSec, pingSec),
        formatDate: () => formatDate(this.#options.nowUtcMs()),
      },
      transaction,
    );
  }

  // ---- out ---------------------------------------------------------------------------------------------------------------------

  #dial(command: Extract<LegCommand, { type: 'dial' }>): void {
    const { destination, legId } = command;
    const place =
      destination.kind === 'binding'
        ? this.#placeOfBinding(destination)
        : this.#placeOfTrunk(command.tenantId, destination);
    const flow = place === undefined ? undefined : this.#options.flowTo(place.target);
    if (place === undefined || flow === undefined) {
      const detail = `no way to ${destination.kind === 'binding' ? destination.contactUri : destination.trunkId}`;
      this.#fail(legId, endCause('unreachable', { detail }));
      return;
    }
    const leg = this.#newLeg(legId, destination.kind === 'trunk' ? 'trunk' : 'device', flow);
    leg.hasOffered = command.offer !== null;
    leg.session = this.agent.invite(
      {
        uri: place.uri,
        route: place.route,
        target: place.target,
        from: formatParty(command.from, place.host ?? command.from.host, flow),
        to: formatParty(command.to, place.host ?? command.to.host, flow),
        maxForwards: command.crossing.maxForwards,
        headers: writeCrossing(command.crossing),
        body: command.offer === null ? null : leg.bodyFor(command.offer),
        ...(place.authenticate === undefined ? {} : { authenticate: place.authenticate }),
      },
      leg,
    );
    this.#options.onDialled?.({ callId: command.callId, legId, sipCallId: leg.session.callId });
  }

  #placeOfBinding(destination: {
    readonly contactUri: string;
    readonly path: readonly string[];
    readonly flow: string;
  }): Place | undefined {
    const flow = this.#flows.get(Number(destination.flow));
    const isOpen = flow !== undefined && this.#options.isOpen(flow);
    // RFC 3327 §5.2, RFC 3261 §16.6 step 7: else the first hop of the Path, else the Contact itself.
    const hop = parseNameAddr(destination.path[0] ?? '')?.uriText ?? destination.contactUri;
    const target = isOpen ? targetOf(flow) : literalTarget(hop);
    return target === undefined ? undefined : { uri: destination.contactUri, route: destination.path, target };
  }

  #placeOfTrunk(
    tenant: TenantId,
    destination: { readonly trunkId: TrunkId; readonly user: string },
  ): Place | undefined {
    const trunk = this.#options.trunks.views.get(tenant, destination.trunkId);
    const place = trunk === undefined ? undefined : trunkPlace(trunk);
    if (trunk === undefined || place === undefined) return undefined;
    const uri = `sip:${destination.user}@${place.authority}${transportParam(trunk)}`;
    return { uri, route: [], host: place.authority, target: place.target, authenticate: this.#credentialsOf(trunk) };
  }

  #credentialsOf(trunk: TrunkRecord): InviteOptions['authenticate'] {
    const client = this.#digestOf(trunk);
    if (client === undefined) return undefined;
    return (response, request) => {
      const answer = client.answer(request, response);
      return answer.ok ? answer.headers : undefined;
    };
  }

  #digestOf(trunk: TrunkRecord): DigestClient | undefined {
    const { credentials } = trunk.body;
    const password = this.#options.trunks.views.passwordOf(trunk);
    if (credentials === null || password === undefined) return undefined;
    const { hasher, random } = this.#options;
    return new DigestClient({ hasher, random, account: () => ({ username: credentials.username, password }) });
  }

  /** REGISTER and OPTIONS towards trunks, for their keeper. */
  trunkSignalling(
    to: Pick<TrunkSignallingOptions, 'onRegisterAnswered' | 'onRegisterFailed' | 'onOptions'>,
  ): SipTrunkSignalling {
    return new SipTrunkSignalling({
      ...to,
      transactions: this.#options.transactions,
      random: this.#options.random,
      flowTo: this.#options.flowTo,
      contact: contactUri,
      place: trunkPlace,
      digest: (trunk) => this.#digestOf(trunk),
    });
  }

  #newLeg(legId: LegId, far: FarSide, flow: Flow): SipLeg {
    const leg = new SipLeg({
      legId,
      far,
      origin: new LegOrigin(String(this.#options.random.integer(2 ** 31))),
      address: flow.advertised.host.replace(/^\[|\]$/g, ''),
      emit: this.#options.onLegEvent,
      post: this.#options.post,
      onOver: (id) => this.#legs.delete(id),
    });
    this.#legs.set(legId, leg);
    return leg;
  }

  #fail(legId: LegId, cause: EndCause): void {
    this.#options.post(() => this.#options.onLegEvent({ type: 'ended', legId, cause }));
  }
}

interface Place {
  readonly uri: string;
  readonly route: readonly string[];
  readonly target: Target;
  /** What stands in From and To towards a trunk. */
  readonly host?: string;
  readonly authenticate?: InviteOptions['authenticate'];
}

function trunkPlace(trunk: TrunkRecord): { readonly authority: string; readonly target: Target } | undefined {
  const { host, port, tcpFallback } = trunk.body;
  const authority = `${formatHost(host)}${port === 0 ? '' : `:${port}`}`;
  const target = literalTarget(`sip:${authority}${transportParam(trunk)}`);
  return target === undefined ? undefined : { authority, target: { ...target, tcpFallback } };
}

function transportParam(trunk: TrunkRecord): string {
  return trunk.body.transport === 'udp' ? '' : `;transport=${trunk.body.transport}`;
}

/** The target of a URI whose host is an IP address. */
function literalTarget(text: string): Target | undefined {
  const uri = parseUri(text);
  if (uri.kind !== 'sip') return undefined;
  const address = uri.host.replace(/^\[|\]$/g, '');
  const family = /^\d+\.\d+\.\d+\.\d+$/.test(address) ? 4 : address.includes(':') ? 6 : undefined;
  if (family === undefined) return undefined;
  const named = uri.params.get('transport')?.toLowerCase();
  const kind = named === 'tcp' || named === 'tls' ? named : 'udp';
  return { kind, remote: { family, address, port: uri.port ?? (kind === 'tls' ? 5061 : 5060) } };
}

function contactUri(flow: Flow): string {
  const { host, port } = flow.advertised;
  return `sip:${formatHost(host)}:${port}${flow.kind === 'udp' ? '' : `;transport=${flow.kind}`}`;
}

function formatParty(party: Party, host: string, flow: Flow): string {
  const name = party.displayName === '' ? '' : `${quote(party.displayName)} `;
  const place = host === '' ? formatHost(flow.advertised.host) : host;
  return `${name}<sip:${party.user === '' ? 'anonymous' : encodeURIComponent(party.user).replace(/%2B/g, '+')}@${place}>`;
}
