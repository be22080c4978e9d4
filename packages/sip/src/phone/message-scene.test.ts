/** A phone and a server on the virtual network, for messages. */
import { createHash, createHmac } from 'node:crypto';
import { type Hasher, Phone, type PhoneSettings, type Target, TransactionLayer } from '@ringdown/sip';
import { SeededRandom, VirtualAgent, VirtualClock, VirtualNetwork } from '@ringdown/testkit';

const hash =
  (name: string) =>
  (content: string | Uint8Array): string =>
    createHash(name).update(content).digest('hex');
const hasher: Hasher = {
  md5: hash('md5'),
  sha256: hash('sha256'),
  hmacSha256: (key, content) => createHmac('sha256', key).update(content).digest('hex'),
};

/** Promises settle between the steps of virtual time. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function messageScene(settings: Partial<PhoneSettings> = {}) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 3 });
  const server = new VirtualAgent(network, 'server', '192.0.2.1');
  const host = network.host('phone', '192.0.2.9').listen('udp').listen('tcp');
  const random = new SeededRandom(5);
  const phone = new Phone(
    { username: '100', password: 'secret', domain: 'pbx.test', ...settings },
    {
      ...{ clock, random, hasher },
      transactions: {
        request: (...args) => layer.request(...args),
        sendDirect: (...args) => layer.sendDirect(...args),
      },
      flowTo: (target) => host.flowTo(target),
      isOpen: (flow) => host.isOpen(flow),
      target: server.target(),
      post: (task) => task(),
    },
  );
  const layer = new TransactionLayer({ clock, random, transport: host, user: phone.agent });
  host.onMessage = (bytes, flow) => layer.receiveBytes(bytes, flow);
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  const target: Target = { kind: 'udp', remote: { family: 4, address: '192.0.2.9', port: 5060 } };
  return { clock, server, phone, pass, target };
}
