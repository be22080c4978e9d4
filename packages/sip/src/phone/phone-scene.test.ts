/** A phone and a server on the virtual network. */
import { createHash, createHmac } from 'node:crypto';
import {
  buildResponse,
  type Hasher,
  Phone,
  type PhoneCall,
  type PhoneSettings,
  type RegistrationState,
  type ServerTransaction,
  type Target,
  TransactionLayer,
} from '@ringdown/sip';
import { SeededRandom, VirtualAgent, VirtualClock, type VirtualHost, VirtualNetwork } from '@ringdown/testkit';

const hash =
  (name: string) =>
  (content: string | Uint8Array): string =>
    createHash(name).update(content).digest('hex');
const hasher: Hasher = {
  md5: hash('md5'),
  sha256: hash('sha256'),
  hmacSha256: (key, content) => createHmac('sha256', key).update(content).digest('hex'),
};
export const challenge: [string, string] = [
  'WWW-Authenticate',
  'Digest realm="pbx", nonce="n1", qop="auth", algorithm=MD5',
];

/** Promises settle between the steps of virtual time. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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
    const random = new SeededRandom(5);
    this.phone = new Phone(
      {
        username: '100',
        password: 'secret',
        domain: 'pbx.test',
        onCall: (call) => void this.calls.push(call),
        onRegistration: (state) => void this.states.push(state),
        ...settings,
      },
      {
        clock: this.clock,
        random,
        hasher,
        transactions: {
          request: (...args) => layer.request(...args),
          sendDirect: (...args) => layer.sendDirect(...args),
        },
        flowTo: (target) => this.#host.flowTo(target),
        isOpen: (flow) => this.#host.isOpen(flow),
        target: this.server.target(),
        post: (task) => task(),
      },
    );
    const { agent } = this.phone;
    const layer = new TransactionLayer({ clock: this.clock, random, transport: this.#host, user: agent });
    this.#host.onMessage = (bytes, flow) => layer.receiveBytes(bytes, flow);
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
