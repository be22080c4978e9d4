/**
 * A phone for programs: registers, calls, is called. On the user agent and one digest account; without IO (node/create-phone.ts gives it sockets), so that
 * it runs in virtual time and in a browser as well.
 */
import { DigestClient } from '../auth/digest-client.ts';
import type { Hasher } from '../auth/hasher.ts';
import type { Clock } from '../clock/clock.ts';
import type { Random } from '../clock/random.ts';
import { buildResponse } from '../message/build-response.ts';
import type { Replaces } from '../message/replaces.ts';
import type { SipRequest } from '../message/request.ts';
import type { SipResponse } from '../message/response.ts';
import { quote } from '../message/text.ts';
import { checkRequest } from '../message/validate.ts';
import { type PagerMessage, readPagerMessage } from '../messaging/index.ts';
import type { RegistrationOptions, RegistrationWay } from '../registration/index.ts';
import type { HeaderPair, Session, SessionBody } from '../session/session-port.ts';
import { targetOf } from '../session/target-of.ts';
import { createUserAgent, type UserAgent } from '../session/user-agent.ts';
import type { ServerTransaction, TransactionPort } from '../transaction/transaction-port.ts';
import { FailedTargets } from '../transport/failed-targets.ts';
import { Failover } from '../transport/failover.ts';
import type { Flow, Target } from '../transport/flow.ts';
import { transportParam } from '../transport/transport-param.ts';
import { type CallInfo, recvInfo } from './call-info.ts';
import { inTurn } from './in-turn.ts';
import { PhoneCall, type PhoneCallHandlers } from './phone-call.ts';
import { PhoneError } from './phone-error.ts';
import { PhoneEvents, type PhoneSubscribeOptions } from './phone-events.ts';
import { PhoneRegistration, type RegistrationState } from './phone-registration.ts';
import type { PhoneSubscription } from './phone-subscription.ts';
import { sendMessage } from './send-message.ts';

export interface PhoneSettings {
  readonly username: string;
  readonly password: string;
  /** Host part of our address of record, and the Request-URI of REGISTER. */
  readonly domain: string;
  readonly displayName?: string;
  /** Asked for by REGISTER, seconds. Default 300. */
  readonly expiresSec?: number;
  /**
   * What this very phone is called, for good: `urn:uuid:…` (RFC 5626 §4.1). With it the server is asked for GRUUs, which stand in Contact then, and for flows: the phone keeps one by
   * each of its ways, and is called by one of them.
   */
  readonly instance?: string;
  /** User-Agent. */
  readonly product?: string;
  /** Somebody calls; without a handler they hear 480. */
  readonly onCall?: ((call: PhoneCall) => void) | undefined;
  readonly onRegistration?: (state: RegistrationState) => void;
  /** A MESSAGE (RFC 3428) has come; without a handler its sender hears 405. */
  readonly onMessage?: ((message: PagerMessage) => void) | undefined;
  /** INFO packages that are welcome in calls (RFC 6086); undefined: nothing is said of them. */
  readonly infoPackages?: readonly string[] | undefined;
  /** An INFO has come in a call: of one of those packages, or of none, such as keys. */
  readonly onInfo?: ((call: PhoneCall, info: CallInfo) => void) | undefined;
}

export interface PhonePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly hasher: Hasher;
  readonly transactions: TransactionPort;
  readonly flowTo: (target: Target) => Flow | undefined;
  readonly isOpen: (flow: Flow) => boolean;
  /** Where the server is: requests go there, once registered by the flow that was. */
  readonly target: Target;
  /** The server's addresses, or the proxies before it, the best first. Default: `target`. */
  readonly ways?: readonly [RegistrationWay, ...RegistrationWay[]];
  /** Keeps a registered flow alive, see {@link RegistrationOptions}. */
  readonly keepAlive?: NonNullable<RegistrationOptions['keepAlive']>;
  /** Runs a task as an input of a turn: verbs of a program come from outside of one. */
  readonly post: (task: () => void) => void;
}

export interface CallOptions extends PhoneCallHandlers {
  /** Our offer; without it the other side offers and `onOffer` answers. */
  readonly body?: SessionBody;
  readonly headers?: readonly HeaderPair[];
  /** The call at the other side that this one is to take the place of (RFC 3891): to pick up, or to take over. */
  readonly replaces?: Replaces;
  /** Cancels the call while it rings. */
  readonly signal?: AbortSignal;
}

const allow = 'INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY';

export class Phone {
  readonly agent: UserAgent;
  readonly #settings: PhoneSettings;
  readonly #ports: PhonePorts;
  readonly #digest: DigestClient;
  readonly #registration: PhoneRegistration;
  readonly #calls = new Set<PhoneCall>();
  readonly #events: PhoneEvents;

  constructor(settings: PhoneSettings, ports: PhonePorts) {
    this.#settings = settings;
    this.#ports = ports;
    const { username, password, domain, product = 'Ringdown phone' } = settings;
    this.#digest = new DigestClient({ ...ports, account: () => ({ username, password }) });
    this.agent = createUserAgent({
      ...ports,
      contact: (flow) => this.#contactInDialog(flow),
      handlers: {
        onInvite: (session, transaction) => this.#called(session, transaction),
        onRequest: (transaction) => {
          if (!this.#events.receive(transaction)) this.#outside(transaction);
        },
      },
      headers: [
        ['User-Agent', product],
        ['Allow', this.#allow],
      ],
    });
    this.#events = new PhoneEvents({
      ...ports,
      contact: (flow) => this.#contactInDialog(flow),
      own: () => this.#own,
      way: () => this.#way,
      authenticate: (challenge, request) => this.#answer(challenge, request),
      headers: [['User-Agent', product]],
    });
    this.#registration = new PhoneRegistration(
      {
        ...ports,
        ways: ports.ways ?? [{ locate: (done) => done({ targets: [ports.target] }) }],
        failover: new Failover({ ...ports, failed: new FailedTargets(ports.clock) }),
        digest: this.#digest,
        registrar: `sip:${domain}`,
        aor: this.#own,
        contact: (flow) => this.#contact(flow),
        headers: [['User-Agent', product]],
        expiresSec: settings.expiresSec ?? 300,
        instance: settings.instance,
        outbound: settings.instance !== undefined,
      },
      (state) => settings.onRegistration?.(state),
    );
  }

  /** The transport says that a flow is closed: what was registered over it is registered anew. */
  flowClosed(flow: Flow, detail: string): void {
    this.#registration.flowClosed(flow, detail);
  }

  /** Calls that are up or being set up. */
  get callCount(): number {
    return this.#calls.size;
  }

  /** Registers, and keeps registered. Resolves with the seconds granted. @throws PhoneError (as a rejection). */
  register(): Promise<number> {
    return inTurn(this.#ports.post, () => this.#registration.start());
  }

  unregister(): Promise<void> {
    return inTurn(this.#ports.post, () => this.#registration.stop());
  }

  /**
   * Calls a number, `user@host` or a SIP URI. Resolves with the call when it is answered; rejects with a {@link PhoneError} when it is not. `onDialled` has
   * the call before that.
   */
  call(to: string, options: CallOptions = {}, onDialled?: (call: PhoneCall) => void): Promise<PhoneCall> {
    return inTurn(this.#ports.post, () => {
      options.signal?.throwIfAborted();
      const call = new PhoneCall((user) => this.agent.invite(this.#invitation(to, options), user), {
        ...options,
        uri: this.#uriOf(to),
        ...this.#ofCalls,
      });
      this.#keep(call);
      const cancel = (): void => void call.hangUp();
      options.signal?.addEventListener('abort', cancel, { once: true });
      void call.ended.then(() => options.signal?.removeEventListener('abort', cancel));
      onDialled?.(call);
      return call.answered;
    });
  }

  /**
   * Sends a message to a number, `user@host` or a SIP URI: text, or a body of any type. Resolves with 200 when a phone has it, with 202 when a server sees to the rest; rejects with a
   * {@link PhoneError}.
   */
  message(to: string, content: string | SessionBody, headers: readonly HeaderPair[] = []): Promise<number> {
    return inTurn(this.#ports.post, () => {
      const isText = typeof content === 'string';
      const body = isText ? { type: 'text/plain;charset=utf-8', bytes: new TextEncoder().encode(content) } : content;
      const { random, transactions, target } = this.#ports;
      const ways = { random, transactions, target, digest: this.#digest };
      return sendMessage({ ...ways, from: this.#own, uri: this.#uriOf(to), headers, body });
    });
  }

  /**
   * Watches the state of a number, `user@host` or a SIP URI by an event package (`presence`, `dialog` …): iterate over what comes. It ends with the signal, or when the loop is left; where
   * it cannot be had it throws a {@link PhoneError}.
   */
  subscribe(event: string, to: string, options: PhoneSubscribeOptions = {}): PhoneSubscription {
    return this.#events.subscribe(event, this.#uriOf(to), options);
  }

  /**
   * Publishes our own state (RFC 3903), or this in place of what was, and keeps it published; null takes it back. Resolves with the seconds granted, 0 when it is gone. @throws
   * PhoneError (as a rejection).
   */
  publish(event: string, body: SessionBody | null, expiresSec = 600): Promise<number> {
    return inTurn(this.#ports.post, () => this.#events.publish(event, body, expiresSec));
  }

  /** Ends every call; resolves when they are over. */
  async hangUpAll(): Promise<void> {
    await inTurn(this.#ports.post, () => Promise.all([...this.#calls].map((call) => call.hangUp())));
  }

  get #own(): string {
    const { displayName, username, domain } = this.#settings;
    return `${displayName === undefined ? '' : `${quote(displayName)} `}<sip:${username}@${domain}>`;
  }

  #invitation(to: string, options: CallOptions): Parameters<UserAgent['invite']>[0] {
    const uri = this.#uriOf(to);
    return {
      uri,
      from: this.#own,
      to: `<${uri}>`,
      ...this.#way,
      body: options.body ?? null,
      headers: [...(options.headers ?? []), ...recvInfo(this.#settings.infoPackages)],
      ...(options.replaces === undefined ? {} : { replaces: options.replaces }),
      authenticate: (challenge, request) => this.#answer(challenge, request),
    };
  }

  get #way() {
    return {
      target: this.#flow === undefined ? this.#ports.target : targetOf(this.#flow),
      // RFC 3608 §6.1.
      route: this.#registration.registered?.serviceRoute ?? [],
    };
  }

  #answer(challenge: SipResponse, request: SipRequest): readonly HeaderPair[] | undefined {
    const answer = this.#digest.answer(request, challenge);
    return answer.ok ? answer.headers : undefined;
  }

  get #allow(): string {
    return this.#settings.onMessage === undefined ? allow : `${allow}, MESSAGE`;
  }

  get #ofCalls() {
    const { infoPackages, onInfo } = this.#settings;
    return { post: this.#ports.post, events: this.#events.agent, infoPackages, onInfo };
  }

  #uriOf(to: string): string {
    const { domain } = this.#settings;
    return /^(sips?|tel):/i.test(to) ? to : `sip:${to.includes('@') ? to : `${to}@${domain}`}`;
  }

  /** OPTIONS and messages are answered, everything else outside of a call is not for a phone. */
  #outside(transaction: ServerTransaction): void {
    const { request } = transaction;
    const rejection = checkRequest(request, { role: 'server', methods: this.#allow.split(', ') });
    if (rejection !== undefined) {
      const { reason, headers } = rejection;
      transaction.respond(buildResponse(request, rejection.status, { reason, headers }));
    } else if (request.method === 'MESSAGE') {
      transaction.respond(buildResponse(request, 200));
      this.#settings.onMessage?.(readPagerMessage(request));
    } else if (request.method === 'OPTIONS') {
      transaction.respond(
        buildResponse(request, 200, {
          headers: [
            ['Allow', this.#allow],
            ['Accept', 'application/sdp'],
          ],
        }),
      );
    } else transaction.respond(buildResponse(request, 481));
  }

  #called(session: Session, transaction: ServerTransaction): PhoneCall | undefined {
    const { onCall } = this.#settings;
    if (onCall === undefined) {
      session.reject(480);
      return undefined;
    }
    const call = new PhoneCall(() => session, { ...this.#ofCalls, invite: transaction.request });
    this.#keep(call);
    this.#ports.post(() => {
      try {
        onCall(call);
      } catch (error) {
        session.reject(500);
        throw error;
      }
    });
    return call;
  }

  #keep(call: PhoneCall): void {
    this.#calls.add(call);
    void call.ended.then(() => this.#calls.delete(call));
  }

  /** Of the registration, while it is open. */
  get #flow(): Flow | undefined {
    const { flow } = this.#registration;
    return flow !== undefined && this.#ports.isOpen(flow) ? flow : undefined;
  }

  /** RFC 5627 §4.4: the GRUU, by which the far end reaches this very phone; RFC 5626 §4.3: `ob`, where the flow is what was registered. */
  #contactInDialog(flow: Flow): string {
    const registered = this.#registration.registered;
    const uri = registered?.publicGruu ?? this.#contact(flow);
    return registered?.isOutbound === true ? `${uri};ob` : uri;
  }

  #contact(flow: Flow): string {
    const { host, port } = flow.advertised;
    const place = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    return `sip:${this.#settings.username}@${place}:${port}${transportParam(flow.kind)}`;
  }
}
