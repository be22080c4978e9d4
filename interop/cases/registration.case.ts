/** Registration by three programs, over each transport they know, and with a wrong password. */
import type { CaseContext, InteropCase } from '../case-context.ts';
import { sipsakRegister } from '../peers/sipsak.ts';
import { expect, fail } from '../peers/wait.ts';

const servers = ['ringdown', 'kamailio'] as const;
const transports = ['udp', 'tcp', 'tls'] as const;

async function wrongPassword(context: CaseContext): Promise<void> {
  const user = { ...(await context.server.addUser()), password: 'not-this-one' };
  const { folder, ports, server } = context;
  const done = await sipsakRegister({ name: 'sipsak', folder, ports, user, port: server.udpPort });
  expect(done.exitCode !== 0, `a wrong password was accepted\n${done.tail()}`);
  expect(/SIP\/2\.0 40[13]/.test(done.output), `no 401 or 403 seen\n${done.tail()}`);
}

export const cases: readonly InteropCase[] = [
  ...transports.map(
    (transport): InteropCase => ({
      name: `registration: baresip over ${transport}`,
      needs: ['baresip'],
      servers,
      run: async (context) => {
        await context.baresip({ name: 'phone', transport });
      },
    }),
  ),
  ...transports.map(
    (transport): InteropCase => ({
      name: `registration: Linphone over ${transport}`,
      needs: ['linphonec'],
      servers,
      run: async (context) => {
        await context.linphone({ name: 'phone', transport });
      },
    }),
  ),
  {
    name: 'registration: sipsak over udp',
    needs: ['sipsak'],
    servers,
    run: async (context) => {
      const user = await context.server.addUser();
      const { folder, ports, server } = context;
      const done = await sipsakRegister({ name: 'sipsak', folder, ports, user, port: server.udpPort });
      if (done.exitCode !== 0) fail(`sipsak ended with ${done.exitCode}\n${done.tail()}`);
      expect(/SIP\/2\.0 200/.test(done.output), `no 200 seen\n${done.tail()}`);
    },
  },
  { name: 'registration: a wrong password is refused', needs: ['sipsak'], servers, run: wrongPassword },
];
