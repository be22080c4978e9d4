/** A phone and a server on the virtual network. */
import {
  buildResponse,
  type Phone,
  type PhoneCall,
  type PhoneSettings,
  type RegistrationState,
  type ServerTransaction,
  type Target,
} from '@ringdown/sip';
import { VirtualAgent, VirtualClock, type VirtualHost, VirtualNetwork } from '@ringdown/testkit';
import { phoneOnHost, settle } from './phone-on-host.test.ts';

export const challenge: [string, string] = [
  'WWW-Authenticate',
  'Digest realm="pbx", nonce="n1", qop="auth", algorithm=MD5',
];

export class Scene {
  readonly clock = new VirtualClock();
  readonly network = new VirtualNetwork({ clock: this.clock, seed: 3 });
  readonly server = new VirtualAgent(this.network, 'server', '192.0.2.1');
  readonly states: RegistrationState[] = [];
  readonly calls: PhoneCall[] = [];
  readonly phone: Phone;
  readonly #host: VirtualHost;

  constructor(settings: Partial<PhoneSettings> = {}) {
    this.#host = this.network.host('phone', '192.0.2.9');
    this.#host.listen('udp');
    this.phone = phoneOnHost({
      clock: this.clock,
      host: this.#host,
      seed: 5,
      target: this.server.target(),
      settings: {
        username: '100',
        password: 'secret',
        domain: 'pbx.test',
        onCall: (call) => void this.calls.push(call),
        onRegistration: (state) => void this.states.push(state),
        ...settings,
      },
    });
  }

  /** Registers, is challenged, is taken. */
  registrar(expiresSec = 300): void {
    this.server.answer = (transaction) => {
      const { request } = transaction;
      if (request.header('Authorization') === undefined) respond(transaction, 401, [challenge]);
      else respond(transaction, 200, [['Contact', `${request.header('Contact')};expires=${expiresSec}`]]);
    };
  }

  get phoneTarget(): Target {
    return { kind: 'udp', remote: { family: 4, address: '192.0.2.9', port: 5060 } };
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }
}

export function respond(
  transaction: ServerTransaction,
  status: number,
  headers: [string, string][] = [],
  body = '',
): void {
  const typed: [string, string][] = body === '' ? headers : [...headers, ['Content-Type', 'application/sdp']];
  transaction.respond(buildResponse(transaction.request, status, { toTag: 'server', headers: typed, body }));
}
