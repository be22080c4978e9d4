/** The SIP edge: implements the leg port over INVITE sessions, and answers what comes outside of calls (REGISTER, OPTIONS). */

import {
  type ChallengePolicy,
  type ConnectionRacer,
  createSessionUuid,
  createUserAgent,
  DigestServer,
  FailedTargets,
  Failover,
  type Flow,
  type Hasher,
  isSips,
  type LeftTransactions,
  NonceIssuer,
  type Random,
  type ServerLocator,
  type ServerTransaction,
  type Session,
  type SessionSnapshot,
  type SipRequest,
  type TransactionPort,
  type UserAgent,
  type UserAgentOptions,
} from '@ringdown/sip';
import type { CallId, IdSource, LegId, TenantId } from '#base/ids';
import type { SecretBox } from '#base/secrets';
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
  type Referral,
  type Row,
} from '#engine/calls';
import type { ChooseBindings, Wanted } from '#services/calling';
import type { DirectoryViews } from '#services/directory';
import type { Lamps, Presence, SubscriptionLog } from '#services/presence';
import type { Registrar } from '#services/registrar';
import type { Trunks } from '#services/trunks';
import { contactUri, formatParty, literalTarget, ownHost, trunkServer } from './addresses.ts';
import { type AuthenticateOptions, authenticate, authenticateTrunk } from './authenticate.ts';
import { LegOrigin } from './bodies.ts';
import { chooseBindings } from './caller-wishes.ts';
import {
  bindingOf,
  type DialCommand,
  invitationSec,
  type Place,
  partiesOf,
  peerAt,
  wantedSecurely,
} from './dial-command.ts';
import { Dialects } from './dialects.ts';
import { Gruus } from './gruus.ts';
import { saidOfCall } from './history.ts';
import { type Admitted, admitInvite, type IncomingOptions } from './incoming.ts';
import { packagesTold } from './info-packages.ts';
import { LeftLeg } from './left-leg.ts';
import { allow, receiveOutside } from './outside-calls.ts';
import { isBehindNat, placeOfTarget } from './peer-place.ts';
import { type BoundTo, PhoneWays } from './phone-ways.ts';
import { unmetPreconditions } from './preconditions.ts';
import { Referrals } from './referrals.ts';
import { reliabilityOf, ringingFor } from './reliability.ts';
import { legToReplace } from './replacing.ts';
import { SipLeg } from './sip-leg.ts';
import type { FarSide } from './status-map.ts';
import { type NewLegParts, type RestoredAs, type RestoredLeg, readStoredLeg, type StoredLeg } from './stored-leg.ts';
import { toldHeaders } from './told-identity.ts';
import { TrunkBindings } from './trunk-bindings.ts';
import { SipTrunkSignalling, type TrunkSignallingOptions } from './trunk-signalling.ts';
import { TrunkWays } from './trunk-ways.ts';
import { WaitingLeg } from './waiting-leg.ts';
import { type PushSettings, type PushTarget, Waking } from './waking.ts';
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
  /** Under which temporary GRUUs are. */
  readonly secrets: Pick<SecretBox, 'seal' | 'open'>;
  /** Absent: nobody is woken. */
  readonly push?: PushSettings;
  /** Said to phones that register (RFC 3608). Default: nothing. */
  readonly serviceRoute?: readonly string[];
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
  /** A peer asks for a transfer. */
  readonly onReferral: (referral: Referral) => void;
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
  readonly #newSessionId = (): string => createSessionUuid(this.#options.random);
  readonly #failed: FailedTargets;
  readonly #trunkWays: TrunkWays;
  readonly #trunkBindings: TrunkBindings;
  readonly #ways: PhoneWays;
  readonly #admitting: IncomingOptions;
  #trunkSignalling: SipTrunkSignalling | null = null;
  readonly #waking: Waking | null;
  readonly referrals: Referrals;
  readonly #dialects: Dialects;

  constructor(options: SipEdgeOptions) {
    this.#options = options;
    const { hasher, random } = options;
    const gruus = new Gruus(options);
    this.#ways = new PhoneWays(options);
    const isAwake = (flow: string): boolean => this.#ways.isConnected(flow);
    this.#waking = options.push === undefined ? null : new Waking({ ...options, ...options.push, isAwake });
    this.#failed = new FailedTargets(options.clock);
    this.#trunkBindings = new TrunkBindings(options);
    this.#trunkWays = new TrunkWays({ ...options, failed: this.#failed });
    this.#dialects = new Dialects(options);
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
      gruus,
      trunkBindings: this.#trunkBindings,
      dialects: this.#dialects,
      authenticate: (tx, domain) => authenticate(this.#asking, tx, domain),
      authenticateTrunk: (tx, trunk) => authenticateTrunk(this.#asking, tx, trunk),
    };
    this.subscriptions = new Subscriptions({
      ...options,
      ...this.#admitting,
      log: options.subscriptionLog,
      ways: this.#ways,
      dialogNameOf: (legId) => {
        const leg = this.#legOf(legId);
        return leg instanceof SipLeg ? (leg.session?.dialogId ?? null) : null;
      },
    });
    const outside = receiveOutside({
      ...options,
      ...this.#admitting,
      subscriptions: this.subscriptions,
      failedTargets: this.#failed,
      attemptMs,
      serviceRoute: options.serviceRoute ?? [],
      waking: this.#waking,
      keepFlow: (flow, kept) => this.#ways.keep(flow, kept),
      targetOf: (destination) => this.#ways.carryTo(destination),
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
    this.referrals = new Referrals({ ...options, agent: this.agent, legs: this.#legs });
  }

  /** Told of calls that changed, where somebody watches. */
  get lamps(): Lamps {
    return this.#options.presence.lamps;
  }
  /** For the service that decides about calls. */
  readonly choose: ChooseBindings = (bindings, wishes) => chooseBindings(bindings, wishes, this.#admitting.gruus);

  get legCount(): number {
    return this.#legs.size;
  }

  flowClosed(flow: Flow, detail = 'the connection is closed'): void {
    this.#ways.closed(flow);
    this.#trunkSignalling?.flowClosed(flow, detail);
    this.#options.registrar.flowClosed(flow.id);
  }

  perform(command: LegCommand): void {
    const { legId } = command;
    try {
      if (command.type === 'dial') this.#dial(command);
      else if ('referId' in command) this.referrals.perform(command);
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
      const trunk = this.#options.trunks.views.get(tenantId, destination.trunkId);
      const target = trunk === undefined ? undefined : this.#trunkWays.firstOf(trunk);
      return target === undefined ? null : placeOfTarget(target, 'trunk');
    }
    const place = destination === null ? undefined : this.#ways.placeOf(destination);
    return place === undefined ? null : placeOfTarget(place.target, 'device');
  }

  #legOf(legId: LegId | null) {
    return legId === null ? undefined : this.#legs.get(legId);
  }

  /**
   * Undefined where that is not known yet: a name that must be looked up. Where no flow stands the peer's address does as well, since the family is what counts;
   * asking for a flow would open a connection before the call does.
   */
  #ownAddressTo(tenantId: TenantId, destination: LegDestination | null): string | undefined {
    if (destination === null) return undefined;
    if (destination.kind === 'binding') {
      const place = this.#ways.placeOf(destination);
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
    this.referrals.restored(as.legId);
    const { destination } = as;
    const trunk =
      destination?.kind === 'trunk' ? this.#options.trunks.views.get(as.tenantId, destination.trunkId) : undefined;
    if (trunk !== undefined) leg.session.authenticate = this.#trunkWays.credentialsOf(trunk);
    if (destination !== null) {
      leg.dialect = this.#dialects.ofCalled({ tenantId: as.tenantId, ...peerAt(destination) }, bindingOf(destination));
      leg.session.adapt = leg.dialect?.outgoing ?? null;
    }
    return { sipCallId: leg.session.callId };
  }

  // ---- in ----------------------------------------------------------------------------------------------------------------------

  #invite(session: Session, transaction: ServerTransaction): SipLeg | undefined {
    const admitted = admitInvite(this.#admitting, transaction);
    if (admitted === undefined) return undefined;
    const { incoming } = admitted;
    session.adapt = admitted.dialect?.outgoing ?? null;
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
    leg.dialect = admitted.dialect;
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
    const sleeper = this.#waking?.sleeperAt(destination);
    if (sleeper === undefined) this.#dialDevice(command, destination);
    else this.#wake(command, destination, sleeper);
  }

  /** RFC 8599 §5.6.2. */
  #wake(command: DialCommand, destination: BoundTo, target: PushTarget): void {
    const { legId, tenantId } = command;
    const waiting = this.#waitingLeg(legId);
    this.#waking?.wake(target, (fault) => {
      if (waiting.isOver) return;
      this.#legs.delete(legId);
      const awoken = fault === null ? this.#waking?.awokenAt(tenantId, destination, target) : undefined;
      if (awoken === undefined) this.#unreachable(legId, fault ?? 'the phone was woken and is not registered');
      else this.#dialDevice(command, awoken);
    });
  }

  #dialDevice(command: DialCommand, destination: BoundTo): void {
    const place = this.#ways.placeOfDevice(destination);
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
    if (trunk.body.registersAs != null) {
      const place = this.#trunkBindings.placeAt(trunk, destination.user, this.#ways);
      if (typeof place === 'string') this.#unreachable(legId, place);
      else this.#inviteAt(command, { ...place, authenticate: this.#trunkWays.credentialsOf(trunk) });
      return;
    }
    const waiting = this.#waitingLeg(legId);
    this.#trunkWays.find(trunk, (found) => {
      if (waiting.isOver) return;
      this.#legs.delete(legId);
      const isSecure = command.crossing.isSecure === true;
      const place = this.#trunkWays.placeAt(trunk, found, { user: destination.user, isSecure });
      if (typeof place === 'string') this.#unreachable(legId, `${place}${wantedSecurely(command)}`);
      else this.#inviteAt(command, place);
    });
  }

  #waitingLeg(legId: LegId): WaitingLeg {
    const waiting = new WaitingLeg(legId, (event) => {
      this.#legs.delete(legId);
      this.#options.post(() => this.#options.onLegEvent(event));
    });
    this.#legs.set(legId, waiting);
    return waiting;
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
    const peer = { tenantId: command.tenantId, ...peerAt(command.destination) };
    const dialect = this.#dialects.ofCalled(peer, bindingOf(command.destination));
    leg.dialect = dialect;
    leg.session = this.agent.invite(
      {
        uri: place.uri,
        route: place.route,
        target: place.target,
        alternatives: place.alternatives ?? [],
        ...(place.instead === undefined ? {} : { instead: place.instead }),
        ...partiesOf(command, { place, flow, dialect }),
        adapt: dialect?.outgoing ?? null,
        maxForwards: command.crossing.maxForwards,
        ...(command.crossing.sessionId === undefined ? {} : { sessionId: command.crossing.sessionId }),
        headers: [
          ['Expires', String(invitationSec(command))],
          ...toldHeaders(command.told, (party) => formatParty(party, party.host, flow)),
          ...saidOfCall(command, place, this.#options.trunks),
        ],
        body: command.offer === null ? null : leg.bodyFor(command.offer),
        // Without an offer of ours a reliable provisional would bring one, which nobody could answer before the call is.
        reliability: command.offer === null ? 'off' : reliabilityOf(this.#options, peer),
        ...(place.authenticate === undefined ? {} : { authenticate: place.authenticate }),
      },
      leg,
    );
    this.#options.onDialled?.({ callId: command.callId, legId, sipCallId: leg.session.callId });
  }

  /** REGISTER and OPTIONS towards trunks, for their keeper. */
  trunkSignalling(onRegistration: TrunkSignallingOptions['onRegistration']): SipTrunkSignalling {
    this.#trunkSignalling = new SipTrunkSignalling({
      onRegistration,
      clock: this.#options.clock,
      random: this.#options.random,
      flowTo: this.#options.flowTo,
      contact: contactUri,
      find: (trunk, done) => this.#trunkWays.find(trunk, done),
      failover: new Failover({ ...this.#options, failed: this.#failed, attemptMs }),
      digest: (trunk) => this.#trunkWays.digestOf(trunk),
      adaptOf: (trunk) => this.#dialects.outgoingOf(trunk),
    });
    return this.#trunkSignalling;
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
      newSessionId: this.#newSessionId,
      referrals: this.referrals,
    });
    this.#legs.set(legId, leg);
    return leg;
  }

  #unreachable(legId: LegId, detail: string): void {
    const cause = endCause('unreachable', { detail });
    this.#options.post(() => this.#options.onLegEvent({ type: 'ended', legId, cause }));
  }
}
