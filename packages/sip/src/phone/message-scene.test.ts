/** A phone and a server on the virtual network, for messages. */
import type { PhoneSettings, Target } from '@ringdown/sip';
import { VirtualAgent, VirtualClock, VirtualNetwork } from '@ringdown/testkit';
import { phoneOnHost, settle } from './phone-on-host.test.ts';

export function messageScene(settings: Partial<PhoneSettings> = {}) {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, seed: 3 });
  const server = new VirtualAgent(network, 'server', '192.0.2.1');
  const host = network.host('phone', '192.0.2.9').listen('udp').listen('tcp');
  const phone = phoneOnHost({
    ...{ clock, host, seed: 5, target: server.target() },
    settings: { username: '100', password: 'secret', domain: 'pbx.test', ...settings },
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await settle();
  };
  const target: Target = { kind: 'udp', remote: { family: 4, address: '192.0.2.9', port: 5060 } };
  return { clock, server, phone, pass, target };
}
