/** Kamailio in the place of Ringdown, so that a case that fails on Ringdown is known to hold elsewhere. */
import type { ServerUnderTest, TrunkInput, User } from '../server-under-test.ts';
import { TestAuthority } from './certificates.ts';
import { Kamailio } from './kamailio.ts';
import type { Ports } from './ports.ts';
import { treeOf } from './process-tree.ts';
import { fail } from './wait.ts';

const password = 'kamailio-secret';

export async function startKamailioServer(options: { folder: string; ports: Ports }): Promise<ServerUnderTest> {
  const authority = new TestAuthority(options.folder);
  const certificates = authority.issue('server', { subject: 'IP:127.0.0.1,DNS:localhost', days: 2 });
  const kamailio = await Kamailio.start({ ...options, name: 'kamailio', config: 'registrar', certificates, password });
  let extension = 2000;
  return {
    kind: 'kamailio',
    host: '127.0.0.1',
    domain: '127.0.0.1',
    udpPort: kamailio.sipPort,
    tcpPort: kamailio.sipPort,
    tlsPort: kamailio.tlsPort,
    caFile: certificates.caFile,
    pids: () => treeOf(kamailio.process.pid),
    addUser: async (): Promise<User> => {
      extension += 1;
      return { username: String(extension), password, domain: '127.0.0.1', extension: String(extension) };
    },
    addTrunk: async (input: TrunkInput) => fail(`Kamailio as the server has no trunks (${input.name})`),
    deleteTrunk: async (input: TrunkInput) => fail(`Kamailio as the server has no trunks (${input.name})`),
    tail: () => kamailio.process.tail(),
    stop: () => kamailio.stop(),
  };
}
