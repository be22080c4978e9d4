/** Phones for programs (`createPhone` of @ringdown/sip/node) call each other through the server, over each transport, with sound there and back. */
import { readFileSync } from 'node:fs';
import { AudioSocket, measureRoundTrip } from '@ringdown/media/audio';
import type { PhoneCall } from '@ringdown/sip';
import { createPhone, type NodePhone } from '@ringdown/sip/node';
import type { CaseContext, InteropCase } from '../case-context.ts';
import { expect } from '../peers/wait.ts';
import type { User } from '../server-under-test.ts';

type Transport = 'udp' | 'tcp' | 'tls';

function openPhone(
  { server }: CaseContext,
  user: User,
  transport: Transport,
  onCall?: (call: PhoneCall) => void,
): Promise<NodePhone> {
  const port = transport === 'tls' ? server.tlsPort : server.udpPort;
  const { username, password } = user;
  const tls = { verify: 'chain', authorities: readFileSync(server.caFile, 'utf8') } as const;
  return createPhone({ server: `${server.host}:${port}`, transport, username, password, tls, onCall });
}

async function talk(context: CaseContext, transport: Transport): Promise<void> {
  const { server } = context;
  const [here, there] = [await server.addUser(), await server.addUser()];
  const echo = await AudioSocket.open({ address: server.host });
  const voice = await AudioSocket.open({ address: server.host });
  echo.onFrame = ({ pcm }) => void echo.say(pcm);
  const callee = await openPhone(context, there, transport, (call) => {
    echo.connect(call.remoteBody);
    call.ring();
    void call.answer(echo.description);
  });
  const caller = await openPhone(context, here, transport);
  try {
    await Promise.all([callee.register(), caller.register()]);
    const call = await caller.call(there.extension, { body: voice.description });
    voice.connect(call.remoteBody);
    const { medianMs } = await measureRoundTrip(voice, { times: 3 });
    expect(medianMs > 0 && medianMs < 200, `a round trip of ${medianMs} ms through two legs`);
    const end = await call.hangUp();
    expect(end.why === 'hung-up' && end.by === 'local', `the call ended ${end.why} by ${end.by}`);
  } finally {
    voice.close();
    echo.close();
    await caller.close();
    await callee.close();
  }
}

async function wrongPassword(context: CaseContext): Promise<void> {
  const user = await context.server.addUser();
  const phone = await openPhone(context, { ...user, password: 'guessed' }, 'udp');
  const error = await phone.register().catch((thrown: unknown) => thrown);
  await phone.close();
  const code = error instanceof Error && 'code' in error ? error.code : error;
  expect(code === 'sip_phone_credentials', `a wrong password is ${String(code)}`);
}

export const cases: readonly InteropCase[] = [
  ...(['udp', 'tcp', 'tls'] as const).map((transport) => ({
    name: `phones for programs: sound there and back over ${transport}`,
    needs: [],
    run: (context: CaseContext) => talk(context, transport),
  })),
  { name: 'phones for programs: a wrong password is told as such', needs: [], run: wrongPassword },
];
