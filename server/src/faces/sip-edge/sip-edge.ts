/** The SIP edge: implements the leg port over INVITE sessions, and answers what comes outside of calls (REGISTER, OPTIONS). */

import {
  type ChallengePolicy,
  type ConnectionRacer,
  createSessionUuid,
  createUserAgent,
  DigestClient,
  DigestServer,
  escapeUser,
  FailedTargets,
  Failover,
  type Flow,
  type Hasher,
  type InviteOptions,
  isSips,
  type LeftTransactions,
  NonceIssuer,
  type ProxyTarget,
  parseNameAddr,
  type Random,
  type ServerLocator,
  type ServerTransaction,
  type Session,
  type SessionSnapshot,
  type SipRequest,
  type Target,
  type TransactionPort,
  targetOf,
  type UserAgent,
  type UserAgentOptions,
} from '@ringdown/sip';
import type { CallId, IdSource, LegId, TenantId, TrunkId } from '#base/ids';
import {
  type CallPlan,
  endCause,
  type IncomingCall,
  type LegCommand,
  type LegDestination,
  type LegEdge,
  type LegEvent,
  type LegPlace,
  type PeerPlace,
  type Row,
} from '#engine/calls';
import type { Wanted } from '#services/calling';
import type { DirectoryViews } from '#services/directory';
import type { Lamps, Presence, SubscriptionLog } from '#services/presence';
import type { Registrar } from '#services/registrar';
import type { TrunkRecord, Trunks } from '#services/trunks';
import {
  contactUri,
  formatParty,
  fromHost,
  literalTarget,
  ownHost,
  trunkAuthority,
  trunkServer,
  trunkTransport,
} from './addresses.ts';
import { type AuthenticateOptions, authenticate, authenticateTrunk } from './authenticate.ts';
import { LegOrigin } from './bodies.ts';
import { type DialCommand, invitationSec, type Place, peerAt, wantedSecurely } from './dial-command.ts';
import { saidOfCall } from './history.ts';
import { type Admitted, admitInvite, type IncomingOptions } from './incoming.ts';
import { packagesTold } from './info-packages.ts';
import { LeftLeg } from './left-leg.ts';
import { allow, receiveOutside } from './outside-calls.ts';
import { isBehindNat, placeOfTarget } from './peer-place.ts';
import { PhoneWays } from './phone-ways.ts';
import { unmetPreconditions } from './preconditions.ts';
import { reliabilityOf, ringingFor } from './reliability.ts';
import { legToReplace } from './replacing.ts';
import { type Found, Servers } from './servers.ts';
import { SipLeg } from './sip-leg.ts';
import type { FarSide } from './status-map.ts';
import { type NewLegParts, readStoredLeg, type StoredLeg } from './stored-leg.ts';
import { toldHeaders } from './told-identity.ts';
import { SipTrunkSignalling, type TrunkSignallingOptions } from './trunk-signalling.ts';
import { tlsPolicyName } from './trunk-tls.ts';
import { WaitingLeg } from './waiting-leg.ts';
import { Subscriptions } from './watching/subscriptions.ts';
import { WrongPasswords } from './wrong-passwords.ts';

export interface SipEdgeOptions extends Pick<UserAgentOptions, 'clock' | 'flowTo' | 'isOpen' | 'decode'> {
  readonly random: Random;
  readonly transactions: TransactionPort & LeftTransactions;
  readonly hasher: Hasher;
  /** Finds the servers of host names. */
  readonly locator: ServerLocator;
  /** Which of a server's addresses answers first (RFC 8305); absent: the first is waited for. */
  readonly racer?: ConnectionRacer;
  readonly nonceKey: string;
  readonly ids: IdSource;
  readonly directory: DirectoryViews;
  readonly registrar: Registrar;
  readonly trunks: Trunks;
  readonly presence: Presence;
  readonly subscriptionLog: SubscriptionLog;
  readonly challenge: ChallengePolicy;
  readonly fallbackRealm: string;
  readonly userAgent: string;
  readonly isOwnHost: (host: string) => boolean;
  readonly isDraining: () => boolean;
  readonly nowUtcMs: () => number;
  readonly post: (task: () => void) => void;
  /** What the SDP of a leg on this flow says; default: what signalling says. */
  readonly mediaAddress?: (flow: Flow) => string;
  /** Where media is bound for a peer to whom we have this address; default: the media engine's choice. */
  readonly bindAddress?: (own: string) => string | null;
  /** Sends CRLF CRLF over a flow, to keep a NAT open before a phone that is called over it (RFC 5626 §4.4.1). */
  readonly ping?: (flow: Flow) => void;
  /** `sipCallId`: the Call-ID of the dialog. */
  readonly onIncoming: (incoming: IncomingCall, sipCallId: string) => void;
  /** An INVITE of ours is on its way. */
  readonly onDialled?: (leg: DialledLeg) => void;
  readonly onLegEvent: (event: LegEvent) => void;
  /** Of one sender; 0: no limit. Default 120. */
  readonly textMessagesPerMinute?: number;
  /** Where a request outside of calls goes: decided as for a call. */
  readonly decide: (wanted: Wanted) => CallPlan;
  readonly report: (fields: Readonly<Record<string, unknown>>, text: string) => void;
}

export interface DialledLeg {
  readonly callId: CallId;
  readonly legId: LegId;
  readonly sipCallId: string;
}

/** How long one of several servers of a trunk may say nothing at all before the next is tried. */
const attemptMs = 4_000;
/**
 * RFC 4028 §4: half an hour is what is recommended; no shorter interval than the least is asked of us. Always: of two that send to each other straight, nothing else
 * shows that one has vanished.
 */
const sessionTimer = { intervalSec: 1800, minSec: 90, always: true } as const;

export class SipEdge implements LegEdge {
  readonly agent: UserAgent;
  /** What users watch of each other. */
  readonly subscriptions: Subscriptions;
  readonly #options: SipEdgeOptions;
  /** How requests are asked who they are from. */
  readonly #asking: AuthenticateOptions;
  readonly #legs = new Map<LegId, SipLeg | LeftLeg | WaitingLeg>();
  readonly #onOver = (legId: LegId): void => void this.#legs.delete(legId);
  readonly #failed: FailedTargets;
  readonly #servers: Servers;
  readonly #ways: PhoneWays;
  readonly #admitting: IncomingOptions;

  constructor(options: SipEdgeOptions) {
    this.#options = options;
    const { hasher, random } = options;
    this.#ways = new PhoneWays(options);
    this.#failed = new FailedTargets(options.clock);
    this.#servers = new Servers({ locator: options.locator, failed: this.#failed });
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
    this.#admitting = {
      ...options,
      authenticate: (tx, domain) => authenticate(this.#asking, tx, domain),
      authenticateTrunk: (tx, trunk) => authenticateTrunk(this.#asking, tx, trunk),
    };
    this.subscriptions = new Subscriptions({
      ...options,
      ...this.#admitting,
      log: options.subscriptionLog,
      ways: this.#ways,
    });
    const outside = receiveOutside({
      ...options,
      ...this.#admitting,
      subscriptions: this.subscriptions,
      failedTargets: this.#failed,
      attemptMs,
      keepFlow: (flow, kept) => this.#ways.keep(flow, kept),
      targetOf: (destination) => this.#carryTo(destination),
    });
    this.agent = createUserAgent({
      ...options,
      contact: (flow) => contactUri(flow),
      handlers: {
        onInvite: (session, transaction) => this.#invite(session, transaction),
        onRequest: outside,
      },
      headers: [
        ['User-Agent', options.userAgent],
        ['Allow', allow],
      ],
      nextHop: (uri, flow) => this.#ways.nextHop(uri, flow),
      sessionTimer,
      failedTargets: this.#failed,
      attemptMs,
    });
  }

  /** Told of calls that changed, where somebody watches. */
  get lamps(): Lamps {
    return this.#options.presence.lamps;
  }

  get legCount(): number {
    return this.#legs.size;
  }

  flowClosed(flow: Flow): void {
    this.#ways.closed(flow);
    this.#options.registrar.flowClosed(flow.id);
  }

  perform(command: LegCommand): void {
    const { legId } = command;
    try {
      if (command.type === 'dial') this.#dial(command);
      else this.#legs.get(legId)?.perform(command);
    } catch (error) {
      // A defect: the call ends, instead of waiting for a leg of which nothing is heard again.
      this.#options.report({ err: error, leg: legId, command: command.type }, 'a leg could not do what it was told');
      this.#legs.delete(legId);
      const cause = endCause('internal-error');
      this.#options.post(() => this.#options.onLegEvent({ type: 'ended', legId, cause }));
    }
  }

  rest(legId: LegId): string | null {
    const leg = this.#legs.get(legId);
    return leg instanceof SipLeg ? leg.rest() : null;
  }

  mediaAddress({ legId, tenantId, destination }: LegPlace): string | null {
    const { bindAddress } = this.#options;
    if (bindAddress === undefined) return null;
    const leg = this.#legOf(legId);
    const own = leg instanceof SipLeg ? leg.options.address : this.#ownAddressTo(tenantId, destination);
    return own === undefined ? null : bindAddress(own);
  }

  peerPlace({ legId, tenantId, destination }: LegPlace): PeerPlace | null {
    const leg = this.#legOf(legId);
    if (leg instanceof SipLeg) return leg.peerPlace();
    if (destination?.kind === 'trunk') {
      const target = this.#serverOf(tenantId, destination.trunkId);
      return target === undefined ? null : placeOfTarget(target, 'trunk');
    }
    const place = destination === null ? undefined : this.#placeOfBinding(destination);
    return place === undefined ? null : placeOfTarget(place.target, 'device');
  }

  #legOf(legId: LegId | null) {
    return legId === null ? undefined : this.#legs.get(legId);
  }

  /** The first server of a trunk, where that is known without asking DNS. */
  #serverOf(tenantId: TenantId, trunkId: TrunkId): Target | undefined {
    const trunk = this.#options.trunks.views.get(tenantId, trunkId);
    let target: Target | undefined;
    if (trunk !== undefined)
      this.#findServers(trunk, (found) => {
        if ('targets' in found) target = found.targets[0];
      });
    return target;
  }

  /**
   * Undefined where that is not known yet: a name that must be looked up. Where no flow stands the peer's address does as well, since the family is what counts;
   * asking for a flow would open a connection before the call does.
   */
  #ownAddressTo(tenantId: TenantId, destination: LegDestination | null): string | undefined {
    if (destination === null) return undefined;
    if (destination.kind === 'binding') {
      const place = this.#placeOfBinding(destination);
      const flow = place?.target.flowId === undefined ? undefined : this.#options.flowTo(place.target);
      return flow === undefined ? place?.target.remote.address : ownHost(flow);
    }
    const trunk = this.#options.trunks.views.get(tenantId, destination.trunkId);
    const target = trunk === undefined ? undefined : literalTarget(trunkServer(trunk));
    return target?.remote.address;
  }

  /** Plain data of a leg for the append log; null: nothing yet. */
  snapshot(legId: string): Row | null {
    return this.#legs.get(legId as LegId)?.snapshot() ?? null;
  }

  /** Before the first message. */
  remakeFlows(): void {
    this.#ways.remake(this.#options.registrar);
  }

  /** Takes a leg of an earlier process up, to go on with it or, before its answer, to end it. Undefined: it cannot be. */
  restore(stored: unknown, as: RestoredAs): RestoredLeg | undefined {
    const leg = readStoredLeg(stored);
    if (leg?.session != null) return this.#restoreSession({ ...leg, session: leg.session }, as);
    if (leg?.invite == null) return undefined;
    const { options: agent } = this.agent;
    const flow = this.#ways.again(leg.invite.flow, leg);
    const hop = this.#options.isOpen(flow) ? undefined : this.#ways.nextHop(leg.invite.uri, flow);
    const left = new LeftLeg({
      legId: as.legId,
      stored: { ...leg, invite: leg.invite },
      flow: (hop === undefined ? undefined : this.#options.flowTo(hop)) ?? flow,
      headers: agent.headers ?? [],
      transactions: this.#options.transactions,
      dismiss: (response, flow) => this.agent.dismiss(response, flow),
      emit: this.#options.onLegEvent,
      post: this.#options.post,
      onOver: this.#onOver,
    });
    this.#legs.set(as.legId, left);
    return { sipCallId: null };
  }

  #restoreSession(stored: StoredLeg & { readonly session: SessionSnapshot }, as: RestoredAs): RestoredLeg | undefined {
    const { session, address, far, said, hasOffered, registered } = stored;
    if (session.flow === null) return undefined;
    const flow = this.#ways.again(session.flow, stored);
    const leg = this.#newLeg(as.legId, { far, address, said, registered });
    leg.hasOffered = hasOffered;
    leg.session = this.agent.restore(session, flow, leg);
    const { destination } = as;
    const trunk =
      destination?.kind === 'trunk' ? this.#options.trunks.views.get(as.tenantId, destination.trunkId) : undefined;
    if (trunk !== undefined) leg.session.authenticate = this.#credentialsOf(trunk);
    return { sipCallId: leg.session.callId };
  }

  // ---- in ----------------------------------------------------------------------------------------------------------------------

  #invite(session: Session, transaction: ServerTransaction): SipLeg | undefined {
    const admitted = admitInvite(this.#admitting, transaction);
    if (admitted === undefined) return undefined;
    const { incoming } = admitted;
    const { reliability, ...ringing } = this.#ringingFor(transaction.request, incoming);
    if (ringing.refusal !== undefined) {
      session.reject(ringing.refusal.status, { headers: ringing.refusal.headers });
      return undefined;
    }
    const parts = this.#partsOf(transaction.flow, admitted.far);
    const unmet = incoming.offer === null ? null : unmetPreconditions(incoming.offer, parts.address);
    if (unmet !== null) {
      session.reject(580, { body: new LegOrigin(this.#newOriginId()).write(unmet, parts.address) });
      return undefined;
    }
    session.reliability = reliability;
    const replaces = legToReplace(session, this.#legs.values());
    if (replaces === 'unknown') {
      session.reject(481);
      return undefined;
    }
    const legId = this.#options.ids.next('leg');
    const leg = this.#newLeg(legId, parts);
    leg.session = session;
    leg.isHidden = admitted.far === 'device' && isBehindNat(transaction.request.contacts()[0], transaction.flow);
    leg.peerOffered = incoming.offer !== null;
    leg.peerSessionId = incoming.crossing.sessionId;
    const ringsReliably = ringing.isReliable;
    this.#options.post(() =>
      this.#options.onIncoming({ ...incoming, ...replaces, ringsReliably, legId }, session.callId),
    );
    return leg;
  }

  #ringingFor(request: SipRequest, { tenantId, origin }: Admitted['incoming']) {
    const deviceId = origin.kind === 'user' ? origin.deviceId : undefined;
    const trunkId = origin.kind === 'trunk' ? origin.trunkId : undefined;
    const reliability = reliabilityOf(this.#options, { tenantId, deviceId, trunkId });
    return { reliability, ...ringingFor(request, reliability) };
  }

  #newOriginId(): string {
    return String(this.#options.random.integer(2 ** 31));
  }

  // ---- out ---------------------------------------------------------------------------------------------------------------------

  #dial(command: DialCommand): void {
    const { destination } = command;
    if (destination.kind === 'trunk') {
      this.#dialTrunk(command, destination);
      return;
    }
    const place = this.#placeOfBinding(destination);
    // RFC 5630 §5.3: what was asked for by SIPS goes to a SIPS Contact only.
    if (place === undefined || (command.crossing.isSecure === true && !isSips(place.uri)))
      this.#unreachable(command.legId, `no way to ${destination.contactUri}${wantedSecurely(command)}`);
    else this.#inviteAt(command, place);
  }

  #dialTrunk(command: DialCommand, destination: LegDestination & { readonly kind: 'trunk' }): void {
    const { legId } = command;
    const trunk = this.#options.trunks.views.get(command.tenantId, destination.trunkId);
    if (trunk === undefined) {
      this.#unreachable(legId, `there is no trunk ${destination.trunkId}`);
      return;
    }
    const waiting = new WaitingLeg(legId, (event) => {
      this.#legs.delete(legId);
      this.#options.post(() => this.#options.onLegEvent(event));
    });
    this.#legs.set(legId, waiting);
    this.#findServers(trunk, (found) => {
      if (waiting.isOver) return;
      this.#legs.delete(legId);
      this.#inviteTrunk(command, { trunk, user: destination.user, found });
    });
  }

  /** A trunk's servers, each with what the trunk says about reaching it. */
  #findServers(trunk: TrunkRecord, done: (found: Found) => void): void {
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

  #inviteTrunk(
    command: DialCommand,
    to: { readonly trunk: TrunkRecord; readonly user: string; readonly found: Found },
  ): void {
    const { trunk, found } = to;
    if ('detail' in found) {
      this.#unreachable(command.legId, `trunk ${trunk.body.name}: ${found.detail}`);
      return;
    }
    const [target, ...alternatives] = found.targets;
    const host = trunkAuthority(trunk);
    const isSecure = command.crossing.isSecure === true;
    if (isSecure && trunk.body.transport !== 'tls') {
      this.#unreachable(command.legId, `trunk ${trunk.body.name} has no TLS${wantedSecurely(command)}`);
      return;
    }
    // What was dialled was written by a stranger.
    const user = escapeUser(to.user);
    const uri = isSecure ? `sips:${user}@${host}` : `sip:${user}@${host}${trunkTransport(trunk)}`;
    if (target !== undefined)
      this.#inviteAt(command, { uri, route: [], host, target, alternatives, authenticate: this.#credentialsOf(trunk) });
  }

  #inviteAt(command: DialCommand, place: Place): void {
    const { legId } = command;
    const flow = this.#options.flowTo(place.target);
    if (flow === undefined) {
      this.#unreachable(legId, `no way to ${place.uri}`);
      return;
    }
    const leg = this.#newLeg(legId, this.#partsOf(flow, command.destination.kind === 'trunk' ? 'trunk' : 'device'));
    leg.hasOffered = command.offer !== null;
    leg.infoPackages = packagesTold(command.crossing);
    leg.session = this.agent.invite(
      {
        uri: place.uri,
        route: place.route,
        target: place.target,
        alternatives: place.alternatives ?? [],
        from: formatParty(command.from, fromHost(command.from, place.host), flow),
        to: formatParty(command.to, place.host ?? command.to.host, flow),
        maxForwards: command.crossing.maxForwards,
        ...(command.crossing.sessionId === undefined ? {} : { sessionId: command.crossing.sessionId }),
        headers: [
          ['Expires', String(invitationSec(command))],
          ...toldHeaders(command.told, (party) => formatParty(party, party.host, flow)),
          ...saidOfCall(command, place, this.#options.trunks),
        ],
        body: command.offer === null ? null : leg.bodyFor(command.offer),
        // Without an offer of ours a reliable provisional would bring one, which nobody could answer before the call is.
        reliability:
          command.offer === null
            ? 'off'
            : reliabilityOf(this.#options, { tenantId: command.tenantId, ...peerAt(command.destination) }),
        ...(place.authenticate === undefined ? {} : { authenticate: place.authenticate }),
      },
      leg,
    );
    this.#options.onDialled?.({ callId: command.callId, legId, sipCallId: leg.session.callId });
  }

  /** By the flow or the literal address; else RFC 3263 finds the way. */
  #carryTo(destination: LegDestination & { readonly kind: 'binding' }): ProxyTarget {
    const { contactUri: uri, path: route } = destination;
    const place = this.#placeOfBinding(destination);
    return place === undefined ? { uri, route } : { uri, route, targets: [place.target] };
  }

  #placeOfBinding(destination: {
    readonly contactUri: string;
    readonly path: readonly string[];
    readonly flow: string;
  }): Place | undefined {
    const flow = this.#ways.flow(destination.flow);
    const isOpen = flow !== undefined && this.#options.isOpen(flow);
    // RFC 3327 §5.2, RFC 3261 §16.6 step 7: else the first hop of the Path, else the Contact itself.
    const hop = parseNameAddr(destination.path[0] ?? '')?.uriText ?? destination.contactUri;
    const target = isOpen ? targetOf(flow) : literalTarget(hop);
    return target === undefined ? undefined : { uri: destination.contactUri, route: destination.path, target };
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
  trunkSignalling(to: Pick<TrunkSignallingOptions, 'onRegisterAnswered' | 'onRegisterFailed'>): SipTrunkSignalling {
    return new SipTrunkSignalling({
      ...to,
      random: this.#options.random,
      flowTo: this.#options.flowTo,
      contact: contactUri,
      find: (trunk, done) => this.#findServers(trunk, done),
      failover: new Failover({ ...this.#options, failed: this.#failed, attemptMs }),
      digest: (trunk) => this.#digestOf(trunk),
    });
  }

  #partsOf(flow: Flow, far: FarSide): NewLegParts {
    return {
      far,
      address: (this.#options.mediaAddress ?? ownHost)(flow),
      registered: this.#ways.registeredOver(flow),
      said: null,
    };
  }

  #newLeg(legId: LegId, parts: NewLegParts): SipLeg {
    const leg = new SipLeg({
      legId,
      far: parts.far,
      registered: parts.registered,
      origin: new LegOrigin(this.#newOriginId(), parts.said),
      address: parts.address,
      emit: this.#options.onLegEvent,
      post: this.#options.post,
      onOver: this.#onOver,
      newSessionId: () => createSessionUuid(this.#options.random),
    });
    this.#legs.set(legId, leg);
    return leg;
  }

  #unreachable(legId: LegId, detail: string): void {
    const cause = endCause('unreachable', { detail });
    this.#options.post(() => this.#options.onLegEvent({ type: 'ended', legId, cause }));
  }
}

export interface RestoredAs {
  readonly legId: LegId;
  readonly tenantId: TenantId;
  readonly destination: LegDestination | null;
}

export interface RestoredLeg {
  /** Call-ID of the dialog; null before there is one to go on with. */
  readonly sipCallId: string | null;
}
