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
import { quote } from '../message/text.ts';
import { checkRequest } from '../message/validate.ts';
import { type PagerMessage, readPagerMessage } from '../messaging/index.ts';
import type { HeaderPair, Session, SessionBody } from '../session/session-port.ts';
import { createUserAgent, type UserAgent } from '../session/user-agent.ts';
import type { ServerTransaction, TransactionPort } from '../transaction/transaction-port.ts';
import type { Flow, Target } from '../transport/flow.ts';
import { transportParam } from '../transport/transport-param.ts';
import { type CallInfo, recvInfo } from './call-info.ts';
import { inTurn } from './in-turn.ts';
import { PhoneCall, type PhoneCallHandlers } from './phone-call.ts';
import { PhoneError } from './phone-error.ts';
import { Registration, type RegistrationState } from './registration.ts';
import { sendMessage } from './send-message.ts';

export interface PhoneSettings {
  readonly username: string;
  readonly password: string;
  /** Host part of our address of record, and the Request-URI of REGISTER. */
  readonly domain: string;
  readonly displayName?: string;
  /** Asked for by REGISTER, seconds. Default 300. */
  readonly expiresSec?: number;
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
  /** Where the server is: every request goes there. */
  readonly target: Target;
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

const allow = 'INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO';

export class Phone {
  readonly agent: UserAgent;
  readonly #settings: PhoneSettings;
  readonly #ports: PhonePorts;
  readonly #digest: DigestClient;
  readonly #registration: Registration;
  readonly #calls = new Set<PhoneCall>();

  constructor(settings: PhoneSettings, ports: PhonePorts) {
    this.#settings = settings;
    this.#ports = ports;
    const { username, password, domain, product = 'Ringdown phone' } = settings;
    this.#digest = new DigestClient({ ...ports, account: () => ({ username, password }) });
    this.agent = createUserAgent({
      ...ports,
      contact: (flow) => this.#contact(flow),
      handlers: {
        onInvite: (session, transaction) => this.#called(session, transaction),
        onRequest: (transaction) => this.#outside(transaction),
      },
      headers: [
        ['User-Agent', product],
        ['Allow', this.#allow],
      ],
    });
    this.#registration = new Registration({
      ...ports,
      digest: this.#digest,
      registrar: `sip:${domain}`,
      aor: this.#own,
      contact: () => this.#contact(this.#flow()),
      headers: [['User-Agent', product]],
      expiresSec: settings.expiresSec ?? 300,
      onChange: (state) => settings.onRegistration?.(state),
    });
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
      target: this.#ports.target,
      body: options.body ?? null,
      headers: [...(options.headers ?? []), ...recvInfo(this.#settings.infoPackages)],
      ...(options.replaces === undefined ? {} : { replaces: options.replaces }),
      authenticate: (challenge, request) => {
        const answer = this.#digest.answer(request, challenge);
        return answer.ok ? answer.headers : undefined;
      },
    };
  }

  get #allow(): string {
    return this.#settings.onMessage === undefined ? allow : `${allow}, MESSAGE`;
  }

  get #ofCalls() {
    const { infoPackages, onInfo } = this.#settings;
    return { post: this.#ports.post, infoPackages, onInfo };
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

  #flow(): Flow {
    const flow = this.#ports.flowTo(this.#ports.target);
    if (flow === undefined) throw new PhoneError('sip_phone_unreachable', 'there is no way to the server from here');
    return flow;
  }

  #contact(flow: Flow): string {
    const { host, port } = flow.advertised;
    const place = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
    return `sip:${this.#settings.username}@${place}:${port}${transportParam(flow.kind)}`;
  }
}
